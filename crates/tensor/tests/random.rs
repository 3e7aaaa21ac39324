//! Every kind of draw against PyTorch, bit for bit: replays what `tests/torch/cases/random.py` wrote, which tells the form.

use deltarule_tensor::random::*;

/// The bytes of a number as the fixture holds them.
trait Bytes: Copy {
    fn bytes(self) -> Vec<u8>;
}

macro_rules! bytes {
    ($($number:ty)*) => {
        $(impl Bytes for $number {
            fn bytes(self) -> Vec<u8> {
                self.to_le_bytes().into()
            }
        })*
    };
}

bytes!(u32 i64 f32 f64);

/// FNV-1a.
fn hash<T: Bytes>(values: &[T]) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    let hash = values.iter().flat_map(|value| value.bytes()).fold(0xcbf2_9ce4_8422_2325, step);
    format!("{hash:016x}")
}

/// `values` as the fixture would write them.
fn written<T: Bytes>(values: &[T]) -> String {
    let hex = |value: &T| value.bytes().iter().rev().map(|byte| format!("{byte:02x}")).collect();
    let mut words: Vec<String> = values.iter().take(3).map(hex).collect();
    if values.len() > 3 {
        words.push(format!("# {}", hash(values)));
    }
    words.join(" ")
}

fn float(bits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(bits, 16).expect("64 bits in hex"))
}

/// Does a step that is generic over the element type.
fn floats<T>(generator: &mut Generator, step: &[&str]) -> String
where
    T: Sample + Bytes + Default + From<bool>,
{
    let mut out = vec![T::default(); step[2].parse().expect("a length")];
    match *step {
        ["uniform", _, _, from, to] => uniform(generator, &mut out, float(from), float(to)),
        ["normal", _, _, mean, std] => normal(generator, &mut out, float(mean), float(std)),
        ["bernoulli", _, _, p] => bernoulli(generator, &mut out, float(p)),
        _ => panic!("unknown step {step:?}"),
    }
    written(&out)
}

/// `torch.bernoulli` of a tensor that holds `p`.
fn each<T: Sample + Bytes + Default>(generator: &mut Generator, len: &str, p: T) -> String {
    let p = vec![p; len.parse().expect("a length")];
    let mut out = vec![T::default(); p.len()];
    bernoulli_each(generator, &mut out, &p);
    written(&out)
}

fn replay(generator: &mut Generator, step: &[&str]) -> String {
    match *step {
        ["seed", seed] => {
            generator.manual_seed(seed.parse().expect("a seed"));
            String::new()
        }
        ["state", position, normal, words] => {
            let state = generator.state();
            let cached = state.next_normal.map_or("-".into(), |normal| written(&[normal]));
            let found = [state.position.to_string(), cached, hash(&state.words)];
            assert_eq!(found, [position, normal, words], "the generator's state");
            String::new()
        }
        ["randint", len, low, high] => {
            let mut out = vec![0; len.parse().expect("a length")];
            randint(generator, &mut out, low.parse().expect("a bound"), high.parse().expect("a bound"));
            written(&out)
        }
        ["randperm", len] => {
            let mut out = vec![0; len.parse().expect("a length")];
            randperm(generator, &mut out);
            written(&out)
        }
        ["each", "f32", len, p] => each(generator, len, float(p) as f32),
        ["each", "f64", len, p] => each(generator, len, float(p)),
        [_, "f32", ..] => floats::<f32>(generator, step),
        [_, "f64", ..] => floats::<f64>(generator, step),
        _ => panic!("unknown step {step:?}"),
    }
}

#[test]
fn every_draw_is_pytorchs() {
    let mut generator = Generator::new(0);
    let mut steps = 0;
    for (number, line) in include_str!("../../../tests/torch/fixtures/random.txt").lines().enumerate().skip(1) {
        let (step, expected) = line.split_once(" = ").unwrap_or((line, ""));
        let step: Vec<&str> = step.split_whitespace().collect();
        let found = replay(&mut generator, &step);
        assert_eq!(found, expected, "line {}: {}", number + 1, step.join(" "));
        steps += 1;
    }
    assert!(steps > 1000, "the fixture is cut short: {steps} steps");
}
