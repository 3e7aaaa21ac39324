"""Puts mistakes into rules and formulas, one at a time, and says which ones the tests catch.

usage: run.py FOLDER

FOLDER is a copy of the repository that may be written to (`git worktree add FOLDER`). Every mistake of MUTATIONS is
built into it at once, each behind the number that the environment variable MUTANT has: so there is one build, and a run
of the tests for each mistake. Prints a table in Markdown; the exit status says whether all were caught.
"""
import os
import pathlib
import re
import subprocess
import sys

T, N = "crates/tensor/src", "crates/nn/src"
# File, expression, the mistake in its place, and what kind of mistake it is.
MUTATIONS = [
    (f"{T}/ops/sum.rs", "reduced.spread(g / n)", "reduced.spread(g)", "mean: factor 1/n dropped"),
    (f"{T}/ops/sum.rs", "zeros > 0", "false", "prod: y/x where x is 0"),
    (f"{T}/ops/activation.rs", "h * g * y * number::<E>(-2.0)", "h * g * y * number::<E>(-1.0)", "tanh, second gradient: factor 2 dropped"),
    (f"{T}/ops/activation.rs", "(x.detach() * beta).ge_scalar(threshold)", "(x.detach() * beta).gt_scalar(threshold)", "softplus, second gradient: > for ≥ at the threshold"),
    (f"{T}/kernels/math/backward.rs", "x <= E::from_f64(0.0)", "x < E::from_f64(0.0)", "relu at 0: gradient 1"),
    (f"{T}/kernels/math/backward.rs", "if x > E::from_f64(0.0) { g } else { g * self.slope }", "if x >= E::from_f64(0.0) { g } else { g * self.slope }", "leaky_relu at 0: gradient 1"),
    (f"{T}/kernels/math/backward.rs", "if scaled > self.threshold { g } else { y }", "y", "softplus: no threshold in the gradient"),
    (f"{T}/kernels/math/backward.rs", "E::from_f64(0.398_942_280_401_432_7)", "E::from_f64(0.398_942)", "gelu: density cut to 6 digits"),
    (f"{T}/kernels/math/backward.rs", "E::from_f64(0.134_145)", "E::from_f64(0.044_715)", "gelu_tanh: factor 3 dropped"),
    (f"{T}/kernels/math/activation.rs", "x.expm1_negative::<FMA>() * self.alpha", "x.expm1_negative::<FMA>()", "elu: α dropped"),
    (f"{T}/kernels/math/activation.rs", "if scaled > self.threshold { x } else { y }", "y", "softplus: no threshold"),
    (f"{T}/kernels/math/arithmetic.rs", "x > self.low || (x == self.low && self.low == E::NEG_INFINITY)", "x >= self.low", "clamp: gradient 1 at the lower bound"),
    (f"{T}/kernels/math/arithmetic.rs", "if x > self.high { self.high } else { x }", "if x > self.high { self.low } else { x }", "clamp: the other bound"),
    (f"{T}/ops/bounds.rs", "E::from_f64(0.5)", "E::ONE", "maximum: all of it to both at a tie"),
    (f"{T}/ops/bounds.rs", "g * x.detach().sign()", "g * x.detach().sign().eq_scalar(-E::ONE).where_(&TensorOf::from_scalar(-E::ONE), &TensorOf::from_scalar(E::ONE))", "abs at 0: gradient 1"),
    (f"{T}/ops/extrema.rs", "&is / reduced.spread(is.sum_dim(reduced.axes(), true))", "&is * E::ONE", "amax: every tie gets all of it"),
    (f"{T}/ops/extrema.rs", 'matches!(name, "max" | "min")', "false", "max of NaN: gradient NaN everywhere"),
    (f"{T}/kernels/reduce/with_index.rs", "(order.beats(new, best) | is_nan(new)) & !is_nan(best)", "(!order.beats(best, new) | is_nan(new)) & !is_nan(best)", "argmax: the last of equal ones"),
    (f"{T}/kernels/reduce/moments.rs", "(sizes[1] as f64 - correction)", "(sizes[1] as f64)", "var: biased"),
    (f"{T}/ops/moments.rs", "(reduced.count() as f64 - correction)", "(reduced.count() as f64)", "var: biased gradient"),
    (f"{T}/ops/moments.rs", "y * E::from_f64(2.0)", "y * E::ONE", "std: factor ½ dropped"),
    (f"{T}/ops/moments.rs", "y.powf(p - E::ONE)", "y.powf(p)", "norm: wrong exponent"),
    (f"{T}/ops/moments.rs", "(g / f(y.masked_fill(&zero, E::ONE))).masked_fill(&zero, E::default())", "g / f(y.clone())", "norm at 0: NaN"),
    (f"{T}/ops/scan.rs", "cumsum(&g, axis, !reverse)", "cumsum(&g, axis, reverse)", "cumsum: gradient in the same direction"),
    (f"{T}/ops/softmax.rs", "-(&weighted * g.sum_dim(axis, true))", "&weighted * g.sum_dim(axis, true)", "log_softmax, second gradient: sign"),
    (f"{T}/ops/softmax.rs", "(&x - reduced.spread(y)).exp()", "(&x - reduced.spread(y))", "logsumexp: no exponential in the gradient"),
    (f"{T}/ops/matmul.rs", "sum(&g, &[0], false)", "sum(&g, &[0], false) * E::from_f64(0.5)", "linear: half the bias's gradient"),
    (f"{T}/ops/power.rs", "&g * flat.where_(&zero, &(&y * x.ln()))", "&g * (&y * x.ln())", "pow at base 0: NaN for the exponent"),
    (f"{T}/ops/power.rs", "g * (x.powf(p - E::ONE) * p)", "g * x.powf(p - E::ONE)", "pow: factor p dropped"),
    (f"{T}/ops/power.rs", "g * E::from_f64(-0.5) * (y.square() * y)", "g * E::from_f64(-0.5) * y.square()", "rsqrt: y² for y³"),
    (f"{T}/ops/arithmetic.rs", "-(g * (y / &b))", "g * (y / &b)", "div: sign"),
    (f"{T}/ops/exponential.rs", "g / (x + E::ONE)", "g / x", "log1p: 1 dropped"),
    (f"{T}/ops/loss.rs", "E::from_f64(2.0) / n", "E::ONE / n", "mse_loss: factor 2 dropped"),
    (f"{T}/ops/index.rs", "*y + g", "g", "index_select: places that come again"),
    (f"{T}/ops/sort.rs", "(a != a).cmp(&(b != b))", "(b != b).cmp(&(a != a))", "sort: NaN first"),
    (f"{N}/optim/sgd.rs", "A::mul_add(ahead, b, g)", "A::mul_add(ahead, g, b)", "SGD: Nesterov's order"),
    (f"{N}/optim/sgd.rs", "1.0 - self.dampening", "1.0", "SGD: no dampening"),
    (f"{N}/optim/sgd.rs", "momentum.is_none()", "false", "SGD: dampening at the first step"),
    (f"{N}/optim/adam.rs", "v.sqrt() / self.correction + self.eps", "(v + self.eps).sqrt() / self.correction", "Adam: ε inside the root"),
    (f"{N}/optim/adam.rs", "1.0 - self.beta1.powf(t)", "1.0", "Adam: no correction of the first moment"),
    (f"{N}/optim/adam.rs", "if v > largest || v.is_nan() { v } else { largest }", "v", "Adam: amsgrad keeps no maximum"),
    (f"{N}/optim/adam.rs", "1.0 - self.lr * self.weight_decay", "1.0 - self.weight_decay", "AdamW: decay without the rate"),
    (f"{N}/optim/rmsprop.rs", "variance.sqrt() + self.eps", "(variance + self.eps).sqrt()", "RMSprop: ε inside the root"),
    (f"{N}/optim/clip.rs", "max_norm as f32 / (norm + 1e-6)", "max_norm as f32 / norm", "clip_grad_norm: 1e-6 dropped"),
    (f"{N}/optim/sgd.rs", "A::mul_add(self.decay, p, g)", "A::mul_add(-self.decay, p, g)", "SGD: sign of the weight decay"),
    (f"{N}/loss/cross_entropy.rs", "loss * (1.0 - share) as f32", "loss", "cross-entropy: smoothing without 1 − ε"),
    (f"{N}/loss/cross_entropy.rs", "input.numel() as f32 / classes as f32", "input.numel() as f32", "cross-entropy of probabilities: mean over all numbers"),
    (f"{N}/loss/class.rs", "weights.masked_fill(&ignored, 0.0)", "weights", "cross-entropy: ignored targets count"),
    (f"{N}/loss/huber.rs", "huber(input, target, self.beta) / self.beta", "huber(input, target, self.beta)", "SmoothL1: not divided by β"),
    (f"{N}/batch_norm.rs", "(n as f64 / (n as f64 - 1.0)) as f32", "1.0", "BatchNorm: stores the biased variance"),
    (f"{N}/batch_norm.rs", "(share as f32, (1.0 - share) as f32)", "((1.0 - share) as f32, share as f32)", "BatchNorm: momentum the other way round"),
    (f"{N}/dropout.rs", "1.0 - self.p", "self.p", "Dropout: p is kept"),
    (f"{T}/ops/norm.rs", "(variance + E::from_f64(eps)).rsqrt()", "variance.rsqrt() + E::from_f64(eps)", "layer_norm: ε outside the root"),
    (f"{T}/ops/loss.rs", "E::from_f64(1e-12)", "E::from_f64(1e-6)", "binary_cross_entropy: wrong bound in the gradient"),
    (f"{N}/init.rs", "=> 2f64.sqrt()", "=> 2f64", "init: relu's gain 2"),
]
MODULE = '''//! Which mistake is on: see tests/mutations/run.py.

static MUTANT: std::sync::LazyLock<usize> =
    std::sync::LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0));

pub(crate) fn is(number: usize) -> bool {
    *MUTANT == number
}
'''
# Of the crate whose file is mutated, tests run too: the gradients by differences, or those of nn.
TESTS = ["--test", "parity", "--test", "seed"]
CRATES = {T: "deltarule-tensor", N: "deltarule-nn"}


def build(root):
    """Puts all mistakes in, and gives the test programs of each package."""
    for number, (file, old, new, _) in enumerate(MUTATIONS, 1):
        path = root / file
        text = path.read_text()
        if text.count(old) != 1:
            sys.exit(f"{file}: {old!r} stands there {text.count(old)} times")
        arrow = "=> " if old.startswith("=> ") else ""
        old_value, new_value = old.removeprefix("=> "), new.removeprefix("=> ")
        wrapped = f"{arrow}(if crate::mutant::is({number}) {{ {new_value} }} else {{ {old_value} }})"
        path.write_text(text.replace(old, wrapped))
    for crate in CRATES:
        (root / crate / "mutant.rs").write_text(MODULE)
        lib = root / crate / "lib.rs"
        lib.write_text(lib.read_text() + "\nmod mutant;\n")
    programs = {}
    for package, arguments in {"deltarule": TESTS, "deltarule-tensor": ["--test", "gradients"],
                                "deltarule-nn": ["--lib", "--tests"]}.items():
        command = ["cargo", "test", "-p", package, *arguments, "--no-run"]
        output = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if output.returncode:
            sys.exit(output.stderr)
        programs[package] = re.findall(r"Executable .*\((.*)\)", output.stderr)
    return programs


def caught_by(root, package, programs, number):
    """The names of the test programs that fail with mistake `number`."""
    folder = {"deltarule": root}.get(package, root / "crates" / package.removeprefix("deltarule-"))
    failed = []
    for program in programs:
        run = subprocess.run([root / program], cwd=folder, capture_output=True, env={**os.environ, "MUTANT": str(number)})
        if run.returncode:
            failed.append(pathlib.Path(program).name.rsplit("-", 1)[0].replace("deltarule_", "unit tests of "))
    return failed


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    programs = build(root)
    for package, those in programs.items():
        if failed := caught_by(root, package, those, 0):
            sys.exit(f"without a mistake these fail: {', '.join(failed)}")
    print("| mistake | caught by |\n|---|---|")
    caught = 0
    for number, (file, *_, mistake) in enumerate(MUTATIONS, 1):
        failed = caught_by(root, "deltarule", programs["deltarule"], number)
        crate = next(name for folder, name in CRATES.items() if file.startswith(folder))
        failed += caught_by(root, crate, programs[crate], number)
        caught += bool(failed)
        print(f"| {mistake} | {', '.join(failed) or '**nothing**'} |", flush=True)
    print(f"\n{caught} of {len(MUTATIONS)} are caught.")
    sys.exit(caught < len(MUTATIONS))


if __name__ == "__main__":
    main()
