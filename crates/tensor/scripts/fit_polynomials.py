"""Fits the polynomials of the f32 functions: minimax in the weight that each function's error has.

Prints each coefficient as the shortest decimal of its f32 (or f64), lowest order first, and the largest weighted error
in units of 2^-24 after rounding. Needs numpy and mpmath.
"""
import mpmath as mp
import numpy as np

mp.mp.dps = 40
POINTS = 1500


def minimax(basis, target, weight, rounds=400):
    """Lawson's iteration: least squares whose weights move towards the points of the largest error."""
    scale = np.abs(basis).max(axis=0)
    mass = np.full(len(target), 1 / len(target))
    best, best_error = None, np.inf
    for _ in range(rounds):
        root = np.sqrt(mass) * weight
        solution = np.linalg.lstsq(basis / scale * root[:, None], target * root, rcond=None)[0] / scale
        error = np.abs(basis @ solution - target) * weight
        if error.max() < best_error:
            best, best_error = solution, error.max()
        mass = mass * (error / error.max() + 1e-12)
        mass /= mass.sum()
    return best


def fit(name, low, high, degree, target, weight, number=np.float32, square=False):
    """Coefficients of P(x), or of P(x^2): each is rounded in turn, and the rest are fitted again around it."""
    nodes = np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)
    points = [mp.mpf((low + high) / 2 + (high - low) / 2 * n) for n in nodes]
    y = np.array([float(target(p)) for p in points])
    w = np.array([float(weight(p)) for p in points])
    x = np.array([float(p) for p in points]) ** (2 if square else 1)
    basis = np.stack([x**k for k in range(degree + 1)], axis=1)
    fixed = []
    for k in range(degree + 1):
        rest = y - sum(float(c) * x**i for i, c in enumerate(fixed))
        fixed.append(number(minimax(basis[:, k:], rest, w)[0]))
    error = np.abs(basis @ np.array([float(c) for c in fixed]) - y) * w
    print(f"{name}: error {error.max() * 2**24:.2g} of 2^-24")
    print("   ", ", ".join(np.format_float_scientific(c, unique=True, trim='0') if abs(c) < 1e-4 else repr(float(str(c))) for c in fixed))


for degree in (4, 5):
    fit("(exp(r) - 1 - r) / r^2", -0.3468, 0.3468, degree,
        lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / mp.exp(r))
fit("(log1p(f) - f) / f^2", -0.29290, 0.41422, 8,
    lambda f: (mp.log1p(f) - f) / f**2, lambda f: f**2 / abs(mp.log1p(f)))
fit("(sin(r) - r) / r^3, in r^2", 1e-6, 0.7855, 3,
    lambda r: (mp.sin(r) - r) / r**3, lambda r: r**3 / mp.sin(r), square=True)
fit("(cos(r) - 1) / r^2, in r^2", 1e-6, 0.7855, 3,
    lambda r: (mp.cos(r) - 1) / r**2, lambda r: r**2 / mp.cos(r), square=True)
fit("erf(x) / x - 1, in x^2", 1e-9, 0.92, 5,
    lambda x: mp.erf(x) / x - 1, lambda x: x / mp.erf(x), square=True)
fit("ln erfc(x)", 0.92, 3.95, 6,
    lambda x: mp.log(mp.erfc(x)), lambda x: mp.erfc(x) / mp.erf(x))
tail = lambda b: mp.erfc(b / mp.sqrt(2)) / 2
fit("(normal tail at b)^(1/8)", 0, 6, 8,
    lambda b: tail(b) ** (mp.mpf(1) / 8), lambda b: 8 * tail(b) ** (mp.mpf(7) / 8) * max(1, b))
fit("log2(m) / s, in s^2, where s = (m - 1) / (m + 1)", 1e-9, 0.17158, 5,
    lambda s: 2 * mp.atanh(s) / s / mp.log(2), lambda s: s * mp.log(2) / 2 / mp.atanh(s), np.float64, True)
fit("2^r", -0.5001, 0.5001, 7, lambda r: mp.mpf(2) ** r, lambda r: mp.mpf(2) ** -r, np.float64)
