"""Tensors and the text that PyTorch prints for them: display.txt, whose form _display.py describes."""
import torch

from ._display import Recorder

NAN, INF = float("nan"), float("inf")

random = torch.Generator()


def f32(values):
    return torch.tensor(values, dtype=torch.float32)


def f64(values):
    return torch.tensor(values, dtype=torch.float64)


def normal(*shape, scale=1.0, dtype=torch.float32):
    return torch.randn(*shape, generator=random, dtype=dtype) * scale


def integers(low, high, *shape):
    return torch.randint(low, high, shape, generator=random)


def single(case):
    """A single element of each kind."""
    for value in [0.0, -0.0, 1.0, -1.0, 0.1, 2.5, -0.333, 1e-4, 9.9e-5, 1e-5, 99999.5]:
        case(f32(value))
    for value in [1e8, 1.5e8, -1e30, NAN, INF, -INF, 1e-45, 3.4028235e38]:
        case(f32(value))
    for value in [0.1, 5e-324, 1.7976931348623157e308, -1e-100, 1e100, 123456.789]:
        case(f64(value))
    for value in [0, -7, 2**63 - 1, -(2**63)]:
        case(torch.tensor(value))
    case(torch.tensor(True))
    case(torch.tensor(False))


def empty(case):
    """Empty tensors."""
    for shape in [(0,), (0, 3), (3, 0), (2, 0, 4), (1, 1, 0, 1, 1)]:
        case(torch.zeros(shape))
    case(torch.zeros(0, dtype=torch.int64))
    case(torch.zeros(0, 2, dtype=torch.bool))
    case(torch.zeros(0, 3), ["shape=[0, 3]", "dtype=f32", "requires_grad=true"])


def notation(case):
    """Notation and width: signs, zeros, what isn't finite, limits of the scientific notation."""
    for values in [
        [1, 2, 3],
        [-1, 2, -3],
        [0, 0, 0],
        [-0.0, 0.0],
        [-0.0, 5.0],
        [-0.0, 5.5],
        [-0.0, 0.5, 1e-5],
        [NAN, NAN],
        [NAN, -0.0, INF, -INF],
        [1, NAN],
        [1, -INF],
        [1000, -INF],
        [0.5, NAN, INF, -INF],
        [10.25, NAN, -INF],
        [1e9, -1, -INF, NAN, 0],
        [1e-9, 1, -INF, NAN, -0.0],
        [1, 1000],
        [1, 1001],
        [1.5, 1500],
        [1.5, 1501],
        [1e8, 1e7],
        [1e8, 100000008],
        [100000008],
        [1e-4, 5e-4],
        [0.00010001, 0.01],
        [9.999e-5, 1e-4],
        [1e-5, 1],
        [1e-5, 1e8],
        [1e-38, 1e38],
        [-1e-38, -1e38, NAN],
        [1e-45, 1e-44],
        [123456.5],
        [0.99999, 0.00015],
        [99999.99, 999.9999],
        [-0.00012, 0.1],
        [16777216, 16777218],
        [1e5, 2.5e5, -3e5],
        [1, 10, 100, 1000, 10000],
    ]:
        case(f32(values))
    for values in [
        [1e-5, 1e8],
        [1e-300, 1e300],
        [-1e-300, 1],
        [1e10, 1e-10, INF, -INF, NAN, 0.0, -0.0],
        [5e-324],
        [1e99, 1e100],
        [1e-99, 1e-100],
        [0.1, 0.2, 0.30000000000000004],
        [99999999.99999],
        [1e8],
        [100000000.00000001, 1e8 + 2e-8],
        [1e8 + 1, 1e8],
        [1e-4],
        [9.999999999999999e-05],
        [1000.0000000000001, 1.0],
    ]:
        case(f64(values))
    # Ties are rounded to even, since these values are exact: with 4 digits, then with fewer.
    case(f64([0.03125, 0.09375, 0.15625, -0.21875]))
    case(f64([100005.0, 100015.0, 100025.0, 1e9]))
    case(f64([0.5, 1.5, 2.5, -3.5]), precision=0)
    case(f64([0.125, 0.375, 2.625]), precision=2)
    case(f64([0.25, 0.75, 1.0]), precision=1)


def whole(case):
    """Integers and truth values."""
    for values in [
        [1, 2, 3],
        [-1, 20, 300],
        [0, -(2**63), 2**63 - 1],
        [10**12, -(10**12), 0, 7],
        [[-1, 1], [1000000, 0]],
        list(range(-20, 40)),
    ]:
        case(torch.tensor(values))
    for values in [[True], [False], [True, True], [True, False], [[True, False], [False, False]]]:
        case(torch.tensor(values))
    case(integers(0, 2, 40).bool())
    case(integers(-(10**6), 10**6, 3, 17))
    case(integers(-9, 10, 2, 2, 2, 3))


def brackets(case):
    """Brackets: up to five axes, rows that don't fit in a line, axes of size 1."""
    for shape in [(1,), (7,), (8,), (9,), (30,), (1, 1), (2, 3), (3, 2), (4, 1), (1, 9), (2, 25)]:
        case(normal(*shape))
    for shape in [(2, 2, 2), (1, 1, 1), (3, 1, 2), (2, 2, 11), (2, 2, 2, 2), (1, 2, 1, 2)]:
        case(normal(*shape))
    case(normal(2, 1, 2, 2, 3))
    case(normal(1, 1, 1, 1, 1))
    case(normal(2, 2, 1, 2, 10))
    case(normal(2, 12, scale=1e6))
    case(normal(2, 12, scale=1e-6))
    case(torch.arange(100.0))
    case(torch.arange(100.0).reshape(4, 25))
    case(torch.arange(60.0).reshape(5, 3, 4).transpose(0, 2))
    case(normal(5, 3).t())
    case(f32([2.5]).expand(3, 4))
    case(normal(11, dtype=torch.float64))
    # A line that is full to the last column, and one that is one column short.
    case(f32([12345.25] * 14))
    case(torch.tensor([123456] * 18))
    case(torch.tensor([10**17] * 7))


def summaries(case):
    """The largest that is shown in full, and summaries."""
    case(torch.arange(1000))
    case(torch.arange(1001))
    case(torch.arange(1001.0))
    case(normal(1001))
    case(normal(20000))
    case(torch.arange(1001) % 2 == 0)
    case(torch.arange(1000000.0).reshape(1000, 1000))
    case(normal(1000, 1000))
    case(normal(1000, 2))
    case(normal(2, 1000))
    case(normal(6, 300))
    case(normal(7, 300))
    case(normal(300, 6))
    case(normal(300, 7))
    case(normal(1001, 1))
    case(normal(1, 1001))
    case(normal(20, 20, 20))
    case(normal(2, 3, 500))
    case(normal(2, 300, 2))
    case(torch.arange(4096).reshape(8, 8, 8, 8))
    case(normal(2, 2, 2, 2, 100))
    case(integers(-(10**15), 10**15, 50, 50))


def hidden_elements(case):
    """What isn't shown has no say in the notation, nor in the width."""
    hidden = torch.arange(2000.0)
    hidden[1000] = 1e30
    hidden[1001] = 0.5
    case(hidden)
    hidden = torch.ones(40, 40)
    hidden[20, 0] = NAN
    hidden[0, 20] = 1e-30
    case(hidden)
    shown = torch.ones(2000)
    shown[1998] = 1e-30
    case(shown)


def options(case):
    """Options."""
    case(normal(3, 4), precision=2)
    case(normal(3, 4), precision=0)
    case(normal(3, 4), precision=10)
    case(normal(4, scale=1e9), precision=1)
    case(normal(4, scale=1e9), precision=0)
    case(f32([1, 2, 3]), precision=2)
    case(f32([1, 2, 3]), sci_mode=True)
    case(f32([0, -0.0, NAN]), sci_mode=True)
    case(f32([0, 1.5, -INF]), sci_mode=True, precision=2)
    case(f32([1e-5, -1e-9, 1]), sci_mode=False)
    case(f32([1e12, -1, NAN]), sci_mode=False)
    case(f64([1e300, 0.5]), sci_mode=False)
    case(normal(20), linewidth=40)
    case(normal(2, 30), linewidth=200)
    case(normal(3), linewidth=5)
    case(torch.arange(10), threshold=5)
    case(torch.arange(12.0).reshape(3, 4), threshold=5, edgeitems=1)
    case(torch.arange(210.0).reshape(2, 7, 15), threshold=200, edgeitems=5)
    case(torch.arange(1200), threshold=10**9, linewidth=120)
    case(torch.arange(10.0), threshold=5, edgeitems=0)
    case(torch.arange(24).reshape(2, 3, 4), threshold=5, edgeitems=0)
    case(torch.arange(4), threshold=1000, edgeitems=0)
    case(torch.arange(100.0), threshold=50, edgeitems=20)
    case(f32(2.5), threshold=0)
    case(f32(2.5), threshold=0, edgeitems=0)


def suffixes(case):
    """Suffixes: PyTorch's own, then others, around the column where they break."""
    leaf = normal(2, 2).requires_grad_()
    case(leaf)
    case(leaf * 2)
    case(leaf.sum())
    case(normal(2, 8, dtype=torch.float64).requires_grad_().exp())
    case(normal(3, 20).requires_grad_().relu())
    case(normal(1500).requires_grad_().tanh())
    for count in range(1, 9):
        rows = normal(2, count)
        case(rows, [f"shape=[2, {count}]", "dtype=f32", "requires_grad=true"])
    for count in range(28, 41):
        case(f32(1.5), ["a" * count, "b" * 24, "c" * 60])
        case(f32([[1.5], [2.5]]), ["a" * count, "b" * 24, "c" * 60])
    case(f32([1, 2]), ["x" * 100, "y"])
    case(normal(9), ["shape=[9]", "dtype=f32", "grad_fn=<mul>"])
    case(normal(3, 3), ["shape=[3, 3]", "dtype=f32", "grad_fn=<mul>"], linewidth=40)
    case(torch.arange(1001), ["shape=[1001]", "dtype=i64"])


def write(out):
    random.manual_seed(20)
    recorder = Recorder()
    for part in [single, empty, notation, whole, brackets, summaries, hidden_elements, options, suffixes]:
        part(recorder.case)
    recorder.write(out / "display.txt")
