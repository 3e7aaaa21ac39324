"""Puts mistakes into rules and formulas, one at a time, and says which ones the tests catch.

usage: run.py FOLDER [NUMBER...]
       run.py --check

FOLDER is a copy of the repository that may be written to (`git worktree add FOLDER`). Every mistake of MUTATIONS is
built into it at once, each behind the number that the environment variable MUTANT has: so there is one build, and a run
of the tests for each mistake, or for those with these numbers. Prints a table in Markdown; the exit status says whether
all were caught. `--check` builds nothing: it says whether each mistake still has its place in the sources.
"""
import os
import pathlib
import re
import subprocess
import sys

T, N, A = "crates/tensor/src", "crates/nn/src", "crates/autograd/src"
# File, expression, the mistake in its place, and what kind of mistake it is.
MUTATIONS = [
    (f"{T}/ops/sum.rs", "g / n", "g", "mean: factor 1/n dropped"),
    (f"{T}/ops/sum.rs", "zeros > 0", "false", "prod: y/x where x is 0"),
    (f"{T}/ops/activation.rs", "h * g * y * number::<E>(-2.0)", "h * g * y * number::<E>(-1.0)", "tanh, second gradient: factor 2 dropped"),
    (f"{T}/ops/activation.rs", "(x.detach() * beta).ge_scalar(threshold)", "(x.detach() * beta).gt_scalar(threshold)", "softplus, second gradient: > for ≥ at the threshold"),
    (f"{T}/kernels/math/backward.rs", "x <= E::from_f64(0.0)", "x < E::from_f64(0.0)", "relu at 0: gradient 1"),
    (f"{T}/kernels/math/backward.rs", "g * if x > E::from_f64(0.0) { E::ONE } else { self.slope }", "g * if x >= E::from_f64(0.0) { E::ONE } else { self.slope }", "leaky_relu at 0: gradient 1"),
    (f"{T}/kernels/math/backward.rs", "if scaled > self.threshold { E::ONE } else { slope }", "slope", "softplus: no threshold in the gradient"),
    (f"{T}/kernels/math/backward.rs", "E::from_f64(0.398_942_280_401_432_7)", "E::from_f64(0.398_942)", "gelu: density cut to 6 digits"),
    (f"{T}/kernels/math/backward.rs", "E::from_f64(0.134_145)", "E::from_f64(0.044_715)", "gelu_tanh: factor 3 dropped"),
    (f"{T}/kernels/math/activation.rs", "x.expm1_negative::<FMA>() * self.alpha", "x.expm1_negative::<FMA>()", "elu: α dropped"),
    (f"{T}/kernels/math/activation.rs", "if scaled > self.threshold { x } else { y }", "y", "softplus: no threshold"),
    (f"{T}/kernels/math/backward.rs", "x > self.low || (x == self.low && self.low == E::NEG_INFINITY)", "x >= self.low", "clamp: gradient 1 at the lower bound"),
    (f"{T}/kernels/math/arithmetic.rs", "if x > self.high { self.high } else { x }", "if x > self.high { self.low } else { x }", "clamp: the other bound"),
    (f"{T}/ops/bounds.rs", "E::from_f64(0.5)", "E::ONE", "maximum: all of it to both at a tie"),
    (f"{T}/ops/bounds.rs", "g * x.detach().sign()", "g * x.detach().sign().eq_scalar(-E::ONE).where_(&TensorOf::from_scalar(-E::ONE), &TensorOf::from_scalar(E::ONE))", "abs at 0: gradient 1"),
    (f"{T}/ops/extrema.rs", "&is / reduced.spread(is.sum_dim(&reduced.axes()[..], true))", "&is * E::ONE", "amax: every tie gets all of it"),
    (f"{T}/ops/extrema.rs", 'matches!(name, "max" | "min")', "false", "max of NaN: gradient NaN everywhere"),
    (f"{T}/kernels/reduce/with_index.rs", "!(order.beats(best, new) | (best == new)) & !is_nan(best)", "!order.beats(best, new) & !is_nan(best)", "argmax: the last of equal ones"),
    (f"{T}/kernels/reduce/moments.rs", "(sizes[1] as f64 - correction)", "(sizes[1] as f64)", "var: biased"),
    (f"{T}/kernels/reduce/moments.rs", "excess * E::from_f64(8.0) <= squares && squares.is_finite()", "squares.is_finite()", "var: what lies far from a line's start isn't read again"),
    (f"{T}/ops/moments.rs", "(reduced.count() as f64 - correction)", "(reduced.count() as f64)", "var: biased gradient"),
    (f"{T}/ops/moments.rs", "y * E::from_f64(2.0)", "y * E::ONE", "std: factor ½ dropped"),
    (f"{T}/ops/moments.rs", "y.powf(p - E::ONE)", "y.powf(p)", "norm: wrong exponent"),
    (f"{T}/ops/moments.rs", "(g / f(y.masked_fill(&zero, E::ONE))).masked_fill(&zero, E::default())", "g / f(y.clone())", "norm at 0: NaN"),
    (f"{T}/ops/scan.rs", "cumsum(&g, axis, !reverse)", "cumsum(&g, axis, reverse)", "cumsum: gradient in the same direction"),
    (f"{T}/ops/softmax.rs", "-(&weighted * g.sum_dim(axis, true))", "&weighted * g.sum_dim(axis, true)", "log_softmax, second gradient: sign"),
    (f"{T}/ops/softmax.rs", "(&x - reduced.spread(y)).exp()", "(&x - reduced.spread(y))", "logsumexp: no exponential in the gradient"),
    (f"{T}/ops/linear.rs", "sum_of_rows(g)", "sum_of_rows(g) * E::from_f64(0.5)", "linear: half the bias's gradient"),
    (f"{T}/ops/matmul.rs", "product(b, a, !b_turned, !a_turned)", "product(b, a, b_turned, !a_turned)", "matmul by a transposed matrix: its gradient's factor the other way round"),
    (f"{T}/ops/power.rs", "&g * flat.where_(&zero, &(&y * x.ln()))", "&g * (&y * x.ln())", "pow at base 0: NaN for the exponent"),
    (f"{T}/ops/power.rs", "g * (x.powf(p - E::ONE) * p)", "g * x.powf(p - E::ONE)", "pow: factor p dropped"),
    (f"{T}/ops/power.rs", "g * E::from_f64(-0.5) * (y.square() * y)", "g * E::from_f64(-0.5) * y.square()", "rsqrt: y² for y³"),
    (f"{T}/ops/arithmetic.rs", "-(g * (y / &b))", "g * (y / &b)", "div: sign"),
    (f"{T}/ops/exponential.rs", "g / (x + E::ONE)", "g / x", "log1p: 1 dropped"),
    (f"{T}/ops/loss.rs", "E::from_f64(2.0) / n", "E::ONE / n", "mse_loss: factor 2 dropped"),
    (f"{T}/ops/index.rs", "y.plus(g)", "g", "index_select: places that come again"),
    (f"{T}/element.rs", "if x.is_nan() { f32::NAN.to_bits() } else { (x + 0.0).to_bits() }", "(x + 0.0).to_bits()", "sort: the bits of NaN decide"),
    (f"{T}/kernels/sort.rs", "if descending { E::HIGHEST_ORDER } else { 0 }", "0", "sort: always ascending"),
    (f"{T}/kernels/sort.rs", "if counts.contains(&entries.len())", "if number == 0", "sort: the lowest digit left out"),
    (f"{T}/array/gather.rs", "out.len() / steps.strides()[0]", "1", "copy of a transposed array: one row of a piece"),
    (f"{N}/optim/sgd.rs", "A::mul_add(ahead, b, g)", "A::mul_add(ahead, g, b)", "SGD: Nesterov's order"),
    (f"{N}/optim/sgd.rs", "1.0 - self.dampening", "1.0", "SGD: no dampening"),
    (f"{N}/optim/sgd.rs", "momentum.is_none()", "false", "SGD: dampening at the first step"),
    (f"{N}/optim/adam.rs", "v.sqrt() / self.correction + self.eps", "(v + self.eps).sqrt() / self.correction", "Adam: ε inside the root"),
    (f"{N}/optim/adam.rs", "1.0 - self.beta1.powf(t)", "1.0", "Adam: no correction of the first moment"),
    (f"{N}/optim/adam.rs", "if v > largest || v.is_nan() { v } else { largest }", "v", "Adam: amsgrad keeps no maximum"),
    (f"{N}/optim/adam.rs", "1.0 - self.lr * self.weight_decay", "1.0 - self.weight_decay", "AdamW: decay without the rate"),
    (f"{N}/optim/rmsprop.rs", "variance.sqrt() + self.eps", "(variance + self.eps).sqrt()", "RMSprop: ε inside the root"),
    (f"{N}/optim/clip.rs", "E::from_f64(max_norm) / (norm + E::from_f64(1e-6))", "E::from_f64(max_norm) / norm", "clip_grad_norm: 1e-6 dropped"),
    (f"{N}/optim/sgd.rs", "A::mul_add(self.decay, p, g)", "A::mul_add(-self.decay, p, g)", "SGD: sign of the weight decay"),
    (f"{N}/loss/cross_entropy.rs", "loss * E::from_f64(1.0 - share)", "loss", "cross-entropy: smoothing without 1 − ε"),
    (f"{N}/loss/cross_entropy.rs", "E::from_f64(input.numel() as f64) / E::from_f64(classes as f64)", "E::from_f64(input.numel() as f64)", "cross-entropy of probabilities: mean over all numbers"),
    (f"{N}/loss/class.rs", "weights.masked_fill(&ignored, E::default())", "weights", "cross-entropy: ignored targets count"),
    (f"{N}/loss/huber.rs", "input.huber_loss(target, beta) / beta", "input.huber_loss(target, beta)", "SmoothL1: not divided by β"),
    (f"{N}/batch_norm.rs", "n as f64 / (n as f64 - 1.0)", "1.0", "BatchNorm: stores the biased variance"),
    (f"{N}/batch_norm.rs", "[share, 1.0 - share, unbiased]", "[1.0 - share, share, unbiased]", "BatchNorm: momentum the other way round"),
    (f"{N}/copy.rs", "let kept = Box::new(share(&copy));", "let kept = Box::new(());", "deep_copy: tied weights come apart"),
    (f"{N}/parameter.rs", "copy.set_requires_grad(self.requires_grad());", "", "deep_copy: a frozen weight thaws"),
    (f"{N}/functional.rs", "self.0.drain(..).rev()", "self.0.drain(..0).rev()", "functional_call: the other weights stay"),
    (f"{N}/impls.rs", "named.sort_by(|(a, _), (b, _)| a.cmp(b));", "", "HashMap: names in the map's own order"),
    (f"{N}/dropout.rs", "1.0 - self.p", "self.p", "Dropout: p is kept"),
    (f"{T}/ops/norm.rs", "(variance + E::from_f64(eps)).rsqrt()", "variance.rsqrt() + E::from_f64(eps)", "layer_norm: ε outside the root"),
    (f"{T}/ops/loss.rs", "E::from_f64(1e-12_f32.into())", "E::from_f64(1e-6)", "binary_cross_entropy: wrong bound in the gradient"),
    (f"{N}/init.rs", "=> 2f64.sqrt()", "=> 2f64", "init: relu's gain 2"),
    (f"{T}/kernels/math/arithmetic.rs", "if a > b || is_nan(a) { a } else { b }", "if a > b { a } else { b }", "maximum: NaN on the left is lost"),
    (f"{T}/kernels/math/backward.rs", "x < self.high || (x == self.high && self.high == -E::NEG_INFINITY)", "x <= self.high", "clamp: gradient 1 at the upper bound"),
    (f"{T}/kernels/math/arithmetic.rs", "if x > zero { E::ONE } else { negative }", "if x >= zero { E::ONE } else { negative }", "sign of 0: 1"),
    (f"{T}/kernels/math/backward.rs", "g * (E::ONE - y * y)", "g * (E::ONE - y)", "tanh: 1 − y for 1 − y²"),
    (f"{T}/kernels/math/backward.rs", "g * (E::ONE - y) * y", "g * (E::ONE - y)", "sigmoid: factor y dropped"),
    (f"{T}/kernels/math/backward.rs", "g * s * (E::ONE + x * rest)", "g * s * (E::ONE + x)", "silu: factor 1 − s dropped"),
    (f"{T}/kernels/math/backward.rs", "if square > E::from_f64(1e6) { E::from_f64(1e6) } else { square }", "square", "gelu_tanh: x² overflows in the gradient"),
    (f"{T}/kernels/math/backward.rs", "(self.alpha, x.exp::<FMA>())", "(E::ONE, x.exp::<FMA>())", "elu: α dropped in the gradient"),
    (f"{T}/kernels/math/backward.rs", "x <= E::default()", "x < E::default()", "elu at 0: gradient 1"),
    (f"{T}/kernels/math/backward.rs", "normal_distribution::<FMA, E>(x) + x * density", "normal_distribution::<FMA, E>(x)", "gelu: second term dropped"),
    (f"{T}/kernels/math/backward.rs", "E::from_f64(std::f64::consts::FRAC_2_SQRT_PI)", "E::from_f64(std::f64::consts::FRAC_1_SQRT_2)", "erf: wrong factor"),
    (f"{T}/kernels/math/backward.rs", "if x < E::from_f64(0.0) { (small, large) } else { (large, small) }", "(small, large)", "silu and gelu_tanh: sigmoid of −|x|"),
    (f"{T}/kernels/math/activation.rs", "if x < E::from_f64(0.0) { E::from_f64(0.0) } else { x * self.one }", "if x > E::from_f64(0.0) { x * self.one } else { E::from_f64(0.0) }", "relu of NaN: 0"),
    (f"{T}/kernels/math/activation.rs", "E::from_f64(0.044_715)", "E::from_f64(0.044)", "gelu_tanh: factor cut to 2 digits"),
    (f"{T}/kernels/math/activation.rs", "scaled.ln_1p_exp::<FMA>() * (E::ONE / self.beta)", "scaled.ln_1p_exp::<FMA>()", "softplus: not divided by β"),
    (f"{T}/ops/activation.rs", "h * g * (y * number::<E>(-2.0) + E::ONE)", "h * g * (y * number::<E>(-1.0) + E::ONE)", "sigmoid, second gradient: factor 2 dropped"),
    (f"{T}/ops/activation.rs", "x.detach().lt_scalar(E::default())", "x.detach().le_scalar(E::default())", "elu, second gradient: ≤ for < at 0"),
    (f"{T}/ops/activation.rs", "scalar_sub(number(2.0), square.into())", "scalar_sub(number(1.0), square.into())", "gelu, second gradient: 1 for 2"),
    (f"{T}/ops/activation.rs", "x * &t * slope.square()", "x * &t * &slope", "gelu_tanh, second gradient: slope not squared"),
    (f"{T}/ops/activation.rs", "x * (&s * number::<E>(-2.0) + E::ONE) + number::<E>(2.0)", "x * (&s * number::<E>(-2.0) + E::ONE) + number::<E>(1.0)", "silu, second gradient: 1 for 2"),
    (f"{T}/ops/activation.rs", "h * g * &s * one_minus(&s) * beta", "h * g * &s * one_minus(&s)", "softplus, second gradient: β dropped"),
    (f"{T}/ops/bounds.rs", "if name == \"maximum\" { (a_less, b_less) } else { (b_less, a_less) }", "(a_less, b_less)", "minimum: gradient to the larger"),
    (f"{T}/ops/sum.rs", "zeros > 1 && reduced.count() == x.numel() && !is_grad_enabled()", "false", "prod of two zeros and an infinity: NaN"),
    (f"{T}/ops/softmax.rs", "&h * (&g - sum(&g * &y)) - &g * sum(&h * &y)", "&h * (&g - sum(&g * &y))", "softmax, second gradient: a term dropped"),
    (f"{T}/ops/softmax.rs", "&h - weighted.sum_dim(axis, true)", "&h * E::ONE", "log_softmax, second gradient: sum dropped"),
    (f"{T}/kernels/reduce/softmax.rs", "if max.is_finite() { *out + max } else { max }", "*out + max", "logsumexp of infinities: NaN"),
    (f"{T}/kernels/reduce/cross_entropy.rs", "if target == ignored { E::default() } else { g }", "g", "cross_entropy: ignored examples have a gradient"),
    (f"{T}/kernels/reduce/cross_entropy.rs", "out[target as usize] - g", "out[target as usize]", "cross_entropy: no −1 at the class"),
    (f"{T}/kernels/reduce/standardized.rs", "scale * (g - of_g - y * of_product)", "scale * (g - of_g)", "layer_norm: variance taken for a constant"),
    (f"{T}/kernels/reduce/standardized.rs", "(*variance + eps).sqrt()", "(variance.sqrt() + eps)", "layer_norm: ε outside the root"),
    (f"{T}/ops/norm.rs", "(&g - mean(&g) - &y * mean(&(&g * &y))) * scale", "(&g - mean(&g)) * scale", "layer_norm, second gradient: variance taken for a constant"),
    (f"{T}/ops/power.rs", "g / (y * E::from_f64(2.0))", "g / y", "sqrt: factor ½ dropped"),
    (f"{T}/ops/power.rs", "g * (x * E::from_f64(2.0))", "g * x", "square: factor 2 dropped"),
    (f"{T}/ops/power.rs", "flat.where_(&zero, &(&g * (&p * x.pow(&(&p - E::ONE)))))", "&g * (&p * x.pow(&(&p - E::ONE)))", "pow of 0 to 0: NaN"),
    (f"{T}/ops/power.rs", "&zero_base & &p.detach().ge_scalar(E::default())", "&zero_base & &zero_base", "pow of 0 to −1: no gradient for the exponent"),
    (f"{T}/ops/loss.rs", "(-&x).log1p() - x.ln()", "x.ln() - (-&x).log1p()", "binary_cross_entropy: sign of the label's gradient"),
    (f"{T}/ops/loss.rs", "if ln > least { ln } else { least }", "ln", "binary_cross_entropy: no bound of ln x"),
    (f"{T}/ops/loss.rs", "if rest > least { rest } else { least }", "rest", "binary_cross_entropy: no bound of ln(1 − x)"),
    (f"{T}/ops/exponential.rs", "g * (y + E::ONE)", "g * y", "expm1: 1 dropped"),
    (f"{T}/ops/exponential.rs", "-(g * x.sin())", "g * x.sin()", "cos: sign"),
    (f"{T}/ops/exponential.rs", "E::from_f64(-2.0)", "E::from_f64(-1.0)", "erf, second gradient: factor 2 dropped"),
    (f"{T}/ops/linear.rs", "(activation.backward)(g.into(), &y)", "g", "linear with an activation: not its slope"),
    (f"{T}/ops/linear.rs", "product(g, &weight, false, false)", "product(g, &weight, false, false) * E::from_f64(0.5)", "linear: half the input's gradient"),
    (f"{T}/ops/matmul.rs", "&g * &a", "&g * &b", "dot: both gradients alike"),
    (f"{T}/ops/moments.rs", "x.masked_fill(&zero, E::ONE).abs()", "x.abs()", "norm with p below 1 and a zero among the numbers: NaN"),
    (f"{T}/random/distributions.rs", "(draw & 0x00ff_ffff) as f32 * ULP", "(draw >> 8) as f32 * ULP", "rand: the high 24 bits"),
    (f"{N}/init.rs", "3f64.sqrt() * kaiming_std(", "18f64.sqrt() * kaiming_std(", "Linear: √6 wider"),
    (f"{N}/init.rs", "=> 5.0 / 3.0", "=> 1.0", "init: tanh's gain 1"),
    (f"{N}/init.rs", "(2.0 / (fan_in + fan_out)).sqrt()", "(1.0 / fan_in).sqrt()", "init: xavier by fan_in alone"),
    (f"{N}/init.rs", "=> (2.0 / (1.0 + slope * slope)).sqrt()", "=> 2f64.sqrt()", "init: leaky_relu's gain without the slope"),
    (f"{N}/init.rs", "=> fan_out", "=> fan_in", "init: fan_out taken for fan_in"),
    (f"{N}/activation.rs", "LeakyRelu::new(0.01)", "LeakyRelu::new(0.1)", "LeakyReLU: slope 0.1 by default"),
    (f"{N}/activation.rs", "threshold: 20.0", "threshold: 10.0", "Softplus: threshold 10 by default"),
    (f"{N}/dropout.rs", "(E::ONE / E::from_f64(kept))", "E::ONE", "Dropout: what is kept isn't scaled"),
    (f"{N}/embedding.rs", "indices.eq_scalar(padding).unsqueeze(1).where_(&rows.detach(), &rows)", "rows.clone()", "Embedding: the padding has a gradient"),
    (f"{N}/batch_norm.rs", "self.momentum.unwrap_or_else(|| 1.0 / batches.tensor().item() as f64)", "self.momentum.unwrap_or(0.1)", "BatchNorm: no cumulative average"),
    (f"{N}/batch_norm.rs", "eps: 1e-5", "eps: 1e-3", "BatchNorm: ε 1e-3 by default"),
    (f"{N}/batch_norm.rs", "momentum: Some(0.1)", "momentum: Some(0.9)", "BatchNorm: momentum 0.9 by default"),
    (f"{N}/layer_norm.rs", "eps: 1e-5", "eps: 1e-3", "LayerNorm: ε 1e-3 by default"),
    (f"{N}/loss/bce.rs", "(TensorOf::full([], E::ONE) - target) * softplus(input)", "softplus(input)", "BCEWithLogits: factor 1 − t dropped"),
    (f"{N}/loss/bce.rs", "|x: &TensorOf<E>| x.softplus(E::ONE, E::from_f64(20.0))", "|x: &TensorOf<E>| (x.exp() + E::ONE).ln()", "BCEWithLogits: not the stable form"),
    (f"{N}/loss/class.rs", "losses.masked_fill(&examples.ignored, E::default())", "losses", "NLL: an ignored infinity counts"),
    (f"{N}/loss/class.rs", "losses.sum() / examples.weights.sum()", "losses.mean()", "NLL: mean over examples, not weights"),
    (f"{N}/loss/cross_entropy.rs", "losses.sum() / E::from_f64(kept.count() as f64)", "losses.mean()", "cross-entropy: mean over the ignored too"),
    (f"{N}/loss/cross_entropy.rs", "target * E::from_f64(1.0 - share) + E::from_f64(part)", "target * E::from_f64(1.0 - share)", "cross-entropy of probabilities: no share for each class"),
    (f"{N}/loss/cross_entropy.rs", "(log_probabilities * self.options.class_weights(classes))", "log_probabilities", "cross-entropy: smoothing without weights"),
    (f"{T}/ops/loss.rs", "bounded * E::from_f64(0.5)", "bounded", "Huber: factor ½ dropped"),
    (f"{T}/ops/loss.rs", "g * x.clamp(-delta, delta)", "g * x.detach().sign() * x.abs().clamp_max(delta)", "Huber: second gradient 0 at equal values"),
    (f"{T}/ops/sum.rs", "reduced.count() == 0", "false", "mean of nothing: second gradient NaN"),
    (f"{T}/ops/sum.rs", "g * (reduced.spread(y) / &x)", "g * reduced.spread(y) / &x", "prod: overflows on the way"),
    (f"{T}/ops/arithmetic.rs", "-(&y / &b * g)", "-(g * &y / &b)", "div: overflows on the way"),
    (f"{T}/ops/moments.rs", "reduced.spread(g.masked_fill(&zero, E::default())) * slope", "slope * reduced.spread(g)", "norm of numbers too small to square: a gradient"),
    (f"{T}/ops/moments.rs", "axes.is_empty() && p != E::default()", "axes.is_empty()", "norm with p = 0 of a scalar: |x|"),
    (f"{T}/kernels/reduce/moments.rs", "(*mean, *squares) = (first, E::default())", "()", "std of equal numbers: what roundings leave"),
    (f"{T}/kernels/math/backward.rs", "(E::ONE, E::ONE)", "(E::ONE, if x.to_f64().is_nan() { x } else { E::ONE })", "elu at NaN: gradient NaN"),
    (f"{T}/ops/bounds.rs", "bound.to_f64().is_nan()", "false", "clamp by NaN: no bound"),
    (f"{T}/ops/compare.rs", "distance.is_finite()", "true", "isclose: everything is close to an infinity"),
    (f"{T}/ops/join.rs", "(0..count)", "(0..1)", "chunk of an empty axis: one part"),
    (f"{T}/range.rs", "steps(first, lane)", "steps(start, vector * lanes + lane)", "arange: not rounded where PyTorch's vectors start"),
    (f"{T}/range.rs", "(distance + by - by.signum()) / by", "distance / by", "arange of integers: the last one is missing"),
    (f"{T}/layout.rs", "=> None", "=> Some(strides[a] < strides[b])", "dropout of a repeated input: drawn in another order"),
    (f"{T}/layout.rs", "len == 0 || self.len == 0", "len == 0", "a view of nothing points beyond its memory"),
    (f"{T}/ops/shape.rs", "if is_grad_enabled() { self.clone() } else { self.detach() }", "self.clone()", "no_grad: a view that changes nothing keeps the graph"),
    (f"{T}/array/any.rs", "outer == Some(&size)", "true", "a gradient with axes that the output hasn't is summed"),
    (f"{T}/ops/matmul.rs", "transpose(turned.into(), rank - 2, rank - 1)", "transpose(turned.into(), 0, 1)", "matmul of a transposed matrix and a batch: the batch is turned"),
    (f"{A}/walk.rs", 'fitting(replaced, node, "hook")', "replaced", "a hook changes the shape"),
    (f"{N}/loss/huber.rs", "beta == E::default()", "false", "SmoothL1 with β 0: NaN"),
    (f"{N}/optim/sgd.rs", "if self.maximize { -E::ONE } else { E::ONE }", "E::ONE", "SGD: maximize minimises"),
    (f"{N}/optim/sgd.rs", "self.decay == E::default()", "true", "SGD: no weight decay"),
    (f"{N}/optim/adam.rs", "if DECOUPLED { 1e-2 } else { 0.0 }", "if DECOUPLED { 1e-4 } else { 0.0 }", "AdamW: decay 1e-4 by default"),
    (f"{N}/optim/adam.rs", "eps: 1e-8", "eps: 1e-5", "Adam: ε 1e-5 by default"),
    (f"{N}/optim/adam.rs", "beta2: 0.999", "beta2: 0.99", "Adam: β₂ 0.99 by default"),
    (f"{N}/optim/adam.rs", "(1.0 - self.beta2.powf(t)).sqrt()", "1.0", "Adam: no correction of the second moment"),
    (f"{N}/optim/adam.rs", "if self.maximize { -E::ONE } else { E::ONE }", "E::ONE", "Adam: maximize minimises"),
    (f"{N}/optim/rmsprop.rs", "A::mul_add(-averages[1], averages[1], variance)", "variance", "RMSprop: not centred"),
    (f"{N}/optim/rmsprop.rs", "alpha: 0.99", "alpha: 0.9", "RMSprop: α 0.9 by default"),
    (f"{N}/optim/rmsprop.rs", "lerp::<A, E>(averages[1], g, self.add)", "lerp::<A, E>(averages[1], g, self.keep)", "RMSprop: shares of the mean the other way round"),
    (f"{N}/optim/adagrad.rs", "(step - 1) as f64", "step as f64", "Adagrad: decay from the first step on"),
    (f"{N}/optim/adagrad.rs", "(sum.sqrt() + self.eps)", "(sum + self.eps).sqrt()", "Adagrad: ε inside the root"),
    (f"{N}/optim/adagrad.rs", "E::from_f64(self.initial_accumulator_value)", "E::default()", "Adagrad: starts from 0"),
    (f"{N}/optim/clip.rs", "factor < E::ONE || factor.is_nan()", "true", "clip_grad_norm: small gradients grow"),
    (f"{N}/optim/schedule/cosine.rs", "before % self.t_max.saturating_mul(2) == self.t_max", "false", "CosineAnnealingLR: 0/0 after the foot"),
    (f"{N}/optim/schedule/step.rs", "self.gamma.powf(count as f64)", "self.gamma", "MultiStepLR: a milestone that comes twice counts once"),
    (f"{N}/optim/schedule/linear.rs", "epoch <= self.total_iters", "epoch < self.total_iters", "LinearLR: stops one epoch early"),
    (f"{N}/optim/schedule/one_cycle.rs", "vec![(rise - 1.0, End::Top)]", "vec![(rise, End::Top)]", "OneCycleLR: top one step late"),
    (f"{N}/optim/schedule/one_cycle.rs", "(first_lr / self.final_div_factor, self.max_momentum)", "(max_lr / self.final_div_factor, self.max_momentum)", "OneCycleLR: end relative to the top"),
    (f"{N}/optim/schedule/one_cycle.rs", "div_factor: 25.0", "div_factor: 10.0", "OneCycleLR: div_factor 10 by default"),
    (f"{A}/queue.rs", "sum(gradient, other)", "other", "a value used twice: the last gradient alone"),
    (f"{A}/queue.rs", "(0..self.len).max_by_key(|place| self.places[*place].order())", "(0..self.len).min_by_key(|place| self.places[*place].order())", "backward: the oldest first"),
    (f"{A}/walk.rs", "self.retain_graph.unwrap_or(self.create_graph)", "true", "backward: the graph is always kept"),
    (f"{A}/record.rs", "!is_grad_enabled() || !requires_grad", "!requires_grad", "no_grad records"),
    (f"{A}/hook.rs", "sum(earlier, g)", "g", "a second backward: the last gradient alone"),
    (f"{T}/random/default.rs", "self.scope.take()", "None", "with_seed: the scope around it is lost"),
    (f"{T}/array/block.rs", "dtype != DType::Bool || piece.origin.has_bools()", "false", "zeros: kept memory isn't cleared"),
    (f"{T}/kernels/parallel/crew.rs", "helpers.saturating_sub(self.waiting.load(Ordering::Relaxed))", "helpers", "a loop: helpers are called that nobody can take"),
    (f"{T}/dim.rs", "isize::try_from(self).unwrap_or(isize::MAX)", "(self as isize)", "a large usize counts from the end"),
    (f"{T}/index.rs", "last.saturating_add(1)", "last.wrapping_add(1)", "..=isize::MAX is empty"),
    (f"{T}/layout.rs", "product.checked_mul(size.max(1))", "product.checked_mul(size)", "a size of 0 allows all others"),
    (f"{T}/layout.rs", "len > 1", "len > 0", "a step over the end overflows"),
    (f"{T}/room.rs", "axes > MAX_AXES", "axes > 2 * MAX_AXES", "128 axes"),
    (f"{T}/room.rs", "shape.len() <= MAX_AXES", "true", "new tensors of any number of axes"),
    (f"{T}/room.rs", "rows.checked_mul(columns).is_none_or(|count| count >= LARGE / size_of::<E>())", "false", "matmul: no look at the memory"),
    (f"{T}/room.rs", "usize::try_from(bytes).is_ok_and(pool::has)", "true", "no look at the memory"),
    (f"{T}/ops/mask.rs", "column <= row.saturating_add(diagonal)", "column <= row.wrapping_add(diagonal)", "tril: the diagonal wraps"),
    (f"{T}/ops/mask.rs", "column >= row.saturating_add(diagonal)", "column >= row.wrapping_add(diagonal)", "triu: the diagonal wraps"),
    (f"{T}/ops/shape.rs", "times.saturating_mul(size)", "times.wrapping_mul(size)", "repeat: sizes wrap"),
    (f"{T}/ops/join.rs", "shape[axis].saturating_add(tensor.shape()[axis])", "shape[axis].wrapping_add(tensor.shape()[axis])", "cat: sizes wrap"),
    (f"{T}/ops/join.rs", "size.saturating_add(before).saturating_add(after)", "size.wrapping_add(before).wrapping_add(after)", "pad: sizes wrap"),
]
MODULE = '''//! Which mistake is on: see tests/mutations/run.py.

static MUTANT: std::sync::LazyLock<usize> =
    std::sync::LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0));

pub(crate) fn is(number: usize) -> bool {
    *MUTANT == number
}
'''
# Against PyTorch, and those of the crate whose file is changed.
TESTS = {
    "deltarule-tests": ["--test", "parity", "--test", "seed"],
    "deltarule-tensor": ["--test", "gradients", "--test", "limits"],
    "deltarule-nn": ["--lib", *(f"--test={name}" for name in ["losses", "modules", "normalization", "optimizers", "sgd"])],
    "deltarule-autograd": ["--tests"],
}
CRATES = {T: "deltarule-tensor", N: "deltarule-nn", A: "deltarule-autograd"}


def build(root):
    """Puts all mistakes in, and gives the test programs of each package."""
    for number, (file, old, new, _) in enumerate(MUTATIONS, 1):
        path = root / file
        text = path.read_text()
        if text.count(old) != 1:
            sys.exit(f"{file}: {old!r} stands there {text.count(old)} times")
        # An arm of a match, or a field, keeps its beginning.
        start = re.match(r"(=> |\w+: )?", old).group()
        old_value, new_value = old.removeprefix(start), new.removeprefix(start)
        wrapped = f"{start}(if crate::mutant::is({number}) {{ {new_value} }} else {{ {old_value} }})"
        path.write_text(text.replace(old, wrapped))
    for crate in CRATES:
        (root / crate / "mutant.rs").write_text(MODULE)
        lib = root / crate / "lib.rs"
        lib.write_text(lib.read_text() + "\nmod mutant;\n")
    programs = {}
    for package, arguments in TESTS.items():
        command = ["cargo", "test", "-p", package, *arguments, "--no-run"]
        output = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if output.returncode:
            sys.exit(output.stderr)
        programs[package] = re.findall(r"Executable .*\((.*)\)", output.stderr)
    return programs


def caught_by(root, package, programs, number):
    """The names of the test programs that fail with mistake `number`."""
    folder = {"deltarule-tests": root / "tests"}.get(package, root / "crates" / package.removeprefix("deltarule-"))
    failed = []
    for program in programs:
        run = subprocess.run([root / program], cwd=folder, capture_output=True, env={**os.environ, "MUTANT": str(number)})
        if run.returncode:
            failed.append(pathlib.Path(program).name.rsplit("-", 1)[0].replace("deltarule_", "unit tests of "))
    return failed


def check(root):
    """Whether each mistake still has its one place in the sources, which change."""
    places = [(file, old, (root / file).read_text().count(old)) for file, old, *_ in MUTATIONS]
    wrong = [f"{file}: {old!r} stands there {count} times" for file, old, count in places if count != 1]
    sys.exit("\n".join(wrong) or None)


def main():
    if sys.argv[1:] == ["--check"]:
        return check(pathlib.Path(__file__).resolve().parents[2])
    root = pathlib.Path(sys.argv[1]).resolve()
    programs = build(root)
    for package, those in programs.items():
        if failed := caught_by(root, package, those, 0):
            sys.exit(f"without a mistake these fail: {', '.join(failed)}")
    chosen = {int(number) for number in sys.argv[2:]} or set(range(1, len(MUTATIONS) + 1))
    print("| | mistake | caught by |\n|---|---|---|")
    caught = 0
    for number, (file, *_, mistake) in enumerate(MUTATIONS, 1):
        if number not in chosen:
            continue
        failed = caught_by(root, "deltarule-tests", programs["deltarule-tests"], number)
        crate = next(name for folder, name in CRATES.items() if file.startswith(folder))
        failed += caught_by(root, crate, programs[crate], number)
        caught += bool(failed)
        print(f"| {number} | {mistake} | {', '.join(failed) or '**nothing**'} |", flush=True)
    print(f"\n{caught} of {len(chosen)} are caught.")
    sys.exit(caught < len(chosen))


if __name__ == "__main__":
    main()
