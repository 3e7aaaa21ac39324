//! tests/torch/programs/skip_gram.py in Rust.

use deltarule::prelude::*;

use super::Run;

const TEXT: &str =
    "the quick brown fox jumps over the lazy dog and the dog sleeps while the fox runs over the hill to the river where
the old dog drinks and the quick fox hides from the dog behind the brown hill";

#[derive(Module)]
struct SkipGram {
    center: nn::Embedding,
    context: nn::Embedding,
}

pub(super) fn run() -> Run {
    let words: Vec<&str> = TEXT.split_whitespace().collect();
    let mut vocabulary = words.clone();
    vocabulary.sort();
    vocabulary.dedup();
    let ids: Vec<i64> = words.iter().map(|word| vocabulary.binary_search(word).unwrap() as i64).collect();
    let mut pairs = Vec::new();
    for i in 0..ids.len() {
        for j in i.saturating_sub(2)..ids.len().min(i + 3) {
            if i != j {
                pairs.push([ids[i], ids[j]]);
            }
        }
    }
    let pairs = LongTensor::from_vec(pairs.concat(), [pairs.len(), 2]).unwrap();
    let (centers, contexts) = (pairs.slice((.., 0)), pairs.slice((.., 1)));

    let model =
        SkipGram { center: nn::Embedding::new(vocabulary.len(), 8), context: nn::Embedding::new(vocabulary.len(), 8) };
    let initial = model.state_dict();
    let criterion = nn::BceWithLogitsLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 1.0).momentum(0.9);

    let mut losses = Vec::new();
    for _ in 0..4 {
        for batch in LongTensor::randperm(pairs.size(0)).split(32, 0) {
            let noise = LongTensor::randint(0, vocabulary.len() as i64, [batch.size(0), 4]);
            let targets = cat(&[contexts.index_select(0, &batch).unsqueeze(1), noise], 1);
            let labels = cat(&[Tensor::ones([batch.size(0), 1]), Tensor::zeros([batch.size(0), 4])], 1);
            let center = model.center.forward(&centers.index_select(0, &batch)).unsqueeze(1);
            let scores = (center * model.context.forward(&targets)).sum_dim(-1, false);
            let loss = criterion.forward(&scores, &labels);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            losses.push(loss.item());
        }
    }
    (initial, losses)
}
