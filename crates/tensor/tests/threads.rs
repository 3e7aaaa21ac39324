//! Threads: every operation gives the same bits on any number of them, small work wakes none, and large work waits for
//! none that doesn't come.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use deltarule_tensor::{
    BoolTensor, Domain, Indexing, LongTensor, OPERATIONS, Options, Sample, Tensor, empty_cache, forks, meshgrid,
};
use rayon::{ThreadPool, ThreadPoolBuilder, Yield};

/// A loop over so many elements is shared with other threads, however little it does with each.
const LARGE: usize = 400_000;

/// What shares no loop in the forward pass, whatever its size, and why.
const ALONE_FORWARD: &[(&str, &str)] = &[
    (
        "the same elements are shown in another way",
        "chunk expand flatten narrow permute reshape select slice split squeeze transpose unsqueeze",
    ),
    (
        "one thread copies",
        "cat contiguous flip gather index_select masked_put masked_select pad repeat stack tril triu unslice",
    ),
    ("one thread adds up, from the first on", "cumsum index_sum scatter_sum"),
];

/// What shares no loop in its gradient rule, whatever the size, and why.
const ALONE_BACKWARD: &[(&str, &str)] = &[
    (
        "the gradient is handed on, or shown in another way",
        "add contiguous flatten mean pad permute reshape squeeze sum transpose unslice unsqueeze",
    ),
    ("it is zero", "sign"),
    ("it is put into zeros by one thread", "chunk narrow select slice split"),
    ("one thread copies", "flip index_sum masked_put masked_select scatter_sum tril triu"),
    ("one thread adds up, from the first or the last on", "cumsum gather index_select"),
];

fn values(domain: Domain, count: usize) -> Vec<f32> {
    // A step that visits all of them in an order without a pattern: 7919 is prime and divides no count here.
    let unit = |i: usize| ((i * 7919) % count) as f64 / count as f64;
    let value = |i: usize| match domain {
        Domain::Within(low, high) | Domain::Distinct(low, high) => low + (high - low) * unit(i),
        Domain::Magnitude(low, high) => (if i.is_multiple_of(3) { -1.0 } else { 1.0 }) * (low + (high - low) * unit(i)),
    };
    (0..count).map(|i| value(i) as f32).collect()
}

/// An expression and its inputs, one of which is large.
struct Case {
    operation: &'static str,
    code: &'static str,
    inputs: Vec<Tensor>,
    run: fn(&[Tensor]) -> Tensor,
}

/// The sample's largest inputs, with each axis longer by one factor, so that what fits together still does; `None` if it
/// takes none.
fn large_case(operation: &'static str, sample: &Sample) -> Option<Case> {
    let largest = |shapes: &&&[&[usize]]| shapes.iter().map(|shape| shape.iter().product()).max().unwrap_or(0_usize);
    // Of several the first: `max_by_key` would take the last.
    let shapes = sample.shapes.iter().rev().max_by_key(largest).unwrap();
    let grown = |factor: usize| -> Vec<Vec<usize>> {
        let grow = |&size: &usize| if size > 1 { size * factor } else { size };
        shapes.iter().map(|shape| shape.iter().map(grow).collect()).collect()
    };
    let is_large = |shapes: &[Vec<usize>]| shapes.iter().any(|shape| shape.iter().product::<usize>() >= LARGE);
    let mut factor = 1;
    while factor < LARGE && !is_large(&grown(factor)) {
        factor += 1 + factor / 8;
    }
    let shapes = grown(factor);
    if !is_large(&shapes) {
        return None;
    }
    let inputs = shapes.into_iter().zip(sample.domains);
    let inputs = inputs.map(|(shape, &domain)| tensor(domain, &shape)).collect();
    Some(Case { operation, code: sample.torch, inputs, run: sample.f32 })
}

fn tensor(domain: Domain, shape: &[usize]) -> Tensor {
    Tensor::from_vec(values(domain, shape.iter().product()), shape).unwrap()
}

/// Operations whose samples name places, masks or shapes of small inputs, on large ones.
fn further_cases() -> Vec<Case> {
    let case =
        |operation, code, shape: &[usize], run| Case { operation, code, inputs: vec![tensor(Domain::ANY, shape)], run };
    fn every_third(count: usize) -> BoolTensor {
        BoolTensor::from(Vec::from_iter((0..count).map(|i| i.is_multiple_of(3))))
    }
    /// The places from the last to the first.
    fn backwards(size: usize) -> LongTensor {
        LongTensor::arange(size as i64 - 1, -1, -1)
    }
    vec![
        case("cross_entropy", "of 1000 classes", &[500, 1000], |x| {
            x[0].cross_entropy(&(LongTensor::arange(0, 500, 1) * 2), -100)
        }),
        case("where", "x or 0", &[LARGE], |x| every_third(LARGE).where_(&x[0], &Tensor::from(0.0))),
        case("masked_fill", "by 0.5", &[LARGE], |x| x[0].masked_fill(&every_third(LARGE), 0.5)),
        case("masked_select", "a third", &[2 * LARGE], |x| x[0].masked_select(&every_third(2 * LARGE))),
        case("masked_put", "by the gradient of masked_select", &[2 * LARGE], |x| {
            x[0].masked_select(&every_third(2 * LARGE))
        }),
        case("index_sum", "by the gradient of index_select", &[500, 1000], |x| x[0].index_select(0, &backwards(500))),
        case("scatter_sum", "by the gradient of gather", &[LARGE], |x| x[0].gather(0, &backwards(LARGE))),
        case("unslice", "by the gradient of narrow", &[LARGE + 1], |x| x[0].narrow(0, 1, LARGE)),
        case("index_add", "the rows backwards", &[500, 1000], |x| x[0].index_add(0, &backwards(500), &x[0])),
        case("meshgrid", "of two columns", &[LARGE], |x| {
            meshgrid(&[&x[0], &x[0].narrow(0, 0, 2)], Indexing::Ij).remove(0)
        }),
        case("expand", "to 1000 rows", &[LARGE], |x| x[0].expand([2, LARGE])),
    ]
}

/// The bits of the value and of the gradients; and how many loops were shared for each of both.
fn bits(case: &Case) -> (Vec<Vec<u32>>, [usize; 2]) {
    let inputs: Vec<_> = case.inputs.iter().map(|x| x.detach().requires_grad_()).collect();
    // Kept memory is cleared by several threads, and new memory is zero: what is kept must not be up to other tests.
    empty_cache();
    let before = forks();
    let y = (case.run)(&inputs);
    let forward = forks() - before;
    // Helpers that have just worked are given less work than is worth waking them for: how long that lasts is up to the
    // clock.
    thread::sleep(Duration::from_millis(1));
    empty_cache();
    let before = forks();
    y.backward_with(Some(&y.detach()), Options::new());
    let backward = forks() - before;
    let gradients = inputs.iter().filter_map(Tensor::grad);
    let results = [y.detach()].into_iter().chain(gradients);
    (results.map(|x| x.to_vec().into_iter().map(f32::to_bits).collect()).collect(), [forward, backward])
}

#[test]
fn every_operation_gives_the_same_bits_on_any_number_of_threads() {
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let [one, others @ ..] = [1, 3, 16].map(pool);
    let run = |pool: &ThreadPool, case: &Case| {
        // Nobody is awake at first.
        thread::sleep(Duration::from_millis(1));
        pool.install(|| bits(case))
    };
    let mut cases: Vec<Case> = further_cases();
    for operation in OPERATIONS {
        cases.extend(operation.samples.iter().filter_map(|sample| large_case(operation.name, sample)));
    }
    let (mut shared, mut tested) = ([BTreeSet::new(), BTreeSet::new()], BTreeSet::new());
    for case in &cases {
        // A sample that names places of its small inputs fails for larger ones.
        let Ok((expected, alone)) = catch_unwind(AssertUnwindSafe(|| run(&one, case))) else { continue };
        assert_eq!(alone, [0, 0], "{} shares work with nobody", case.code);
        tested.insert(case.operation);
        for pool in &others {
            let (several, forks) = run(pool, case);
            let threads = pool.current_num_threads();
            assert!(expected == several, "{} ({}) on {threads} threads", case.operation, case.code);
            for (shared, forks) in shared.iter_mut().zip(forks) {
                if forks > 0 {
                    shared.insert(case.operation);
                }
            }
        }
    }
    let names: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    let untested: Vec<_> = names.iter().filter(|name| !tested.contains(*name)).collect();
    assert_eq!(untested, [&""; 0], "operations without a sample that takes large inputs: add one to further_cases");
    let alone = shared.map(|shared| BTreeSet::from_iter(names.iter().copied().filter(|name| !shared.contains(name))));
    let expected = [ALONE_FORWARD, ALONE_BACKWARD]
        .map(|reasons| BTreeSet::from_iter(reasons.iter().flat_map(|(_, names)| names.split(' '))));
    assert_eq!(alone, expected, "operations that share no work, forward and backward");
}

/// Runs `f` on the first thread of a pool whose second thread never starts, and says whether `f` left work for it.
fn leaves_work(f: impl FnOnce() + Send + 'static) -> bool {
    let caller = thread::spawn(|| {
        let pool = ThreadPoolBuilder::new().num_threads(2).use_current_thread().spawn_handler(|worker| {
            // Never run: the pool believes that it has a thread more.
            std::mem::forget(worker);
            Ok(())
        });
        let pool = pool.build().unwrap();
        f();
        let found = rayon::yield_local();
        // It would wait for its second thread.
        std::mem::forget(pool);
        found == Some(Yield::Executed)
    });
    caller.join().unwrap()
}

#[test]
fn small_work_wakes_no_thread() {
    let small = || {
        let x = Tensor::from_vec(values(Domain::ANY, 40_000), [200, 200]).unwrap().requires_grad_();
        let y = (x.tanh() + 1.0) * &x;
        y.sum_dim(0, false).square().mean().backward();
        let _ = (x.softmax(1), x.amax(0, false));
    };
    assert!(!leaves_work(small));
}

/// The caller does the work itself if no other thread comes. It would hang here if it waited for one.
#[test]
fn large_work_uses_the_pool_of_its_caller_and_waits_for_nobody() {
    let large = || {
        let x = Tensor::from_vec(values(Domain::ANY, 1_000_000), [1000, 1000]).unwrap();
        let y = x.tanh().sum();
        assert!(y.item().is_finite());
    };
    assert!(leaves_work(large));
}
