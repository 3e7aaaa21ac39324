"""The layers with every option, in training and in evaluation: outputs, gradients and state after each step."""
import torch
from torch import nn

from cases._save import save_json, save_tensors


class Cases:
    """Runs modules step by step: step j of case i has tensors "i.j.output", "i.j.input_grad", "i.j.grad.weight",
    "i.j.state.running_mean", …; what the module starts with is "i.state.…"."""

    def __init__(self):
        self.cases, self.tensors = [], {}

    def run(self, name, arguments, options, steps):
        """`steps` are pairs of "train" or "eval" and the input."""
        case = str(len(self.cases))
        module = getattr(nn, name)(*arguments, **options)
        with torch.no_grad():
            for parameter in module.parameters():
                # Not ones and zeros: each element is to be told from the others.
                parameter.uniform_(0.5, 1.5)
        self.state(f"{case}.state", module)
        for number, (mode, input) in enumerate(steps):
            step = f"{case}.{number}"
            module.train(mode == "train")
            module.zero_grad()
            x = input.detach().clone()
            if x.is_floating_point():
                x.requires_grad_()
            self.tensors[f"{step}.input"] = x
            y = module(x)
            g = torch.randn(y.shape)
            y.backward(g)
            self.tensors |= {f"{step}.output": y, f"{step}.output_grad": g}
            if x.grad is not None:
                self.tensors[f"{step}.input_grad"] = x.grad
            for key, parameter in module.named_parameters():
                self.tensors[f"{step}.grad.{key}"] = parameter.grad
            self.state(f"{step}.state", module, buffers=True)
        self.cases.append(dict(module=name, arguments=arguments, options=options, steps=[mode for mode, _ in steps]))

    def state(self, prefix, module, buffers=False):
        values = dict(module.named_buffers()) if buffers else module.state_dict()
        self.tensors |= {f"{prefix}.{key}": value.clone() for key, value in values.items()}


def batch_norm(cases):
    all_options = [{}, dict(affine=False), dict(momentum=None), dict(momentum=0.3), dict(momentum=0.0), dict(eps=0.1)]
    all_options += [dict(track_running_stats=False), dict(track_running_stats=False, affine=False)]
    all_options += [dict(momentum=None, eps=1e-3, affine=False)]
    for options in all_options:
        for shape in [(6, 3), (4, 3, 5)]:
            batch = lambda: torch.randn(shape) * torch.tensor([1.0, 3.0, 0.25]).reshape(3, *[1] * (len(shape) - 2)) + 0.5
            modes = ["train", "train", "eval", "train", "eval"]
            cases.run("BatchNorm1d", [3], options, [(mode, batch()) for mode in modes])
    # One example of several positions, two examples, none, one in evaluation.
    steps = [("train", torch.randn(1, 3, 2)), ("train", torch.tensor([[0.0, 1.0, 2.0], [3.0, -1.0, 0.5]])), ("train", torch.randn(0, 3))]
    steps += [("eval", torch.randn(0, 3)), ("eval", torch.randn(1, 3)), ("eval", torch.randn(1, 3, 1))]
    cases.run("BatchNorm1d", [3], {}, steps)
    cases.run("BatchNorm1d", [3], dict(momentum=None), steps)


def layer_norm(cases):
    for options in [{}, dict(eps=0.1), dict(bias=False), dict(elementwise_affine=False)]:
        modes = ["train", "eval"]
        cases.run("LayerNorm", [[4]], options, [(mode, torch.randn(5, 4) * 2 + 0.5) for mode in modes])
        cases.run("LayerNorm", [[3, 4]], options, [(mode, torch.randn(2, 3, 4) * 2 + 0.5) for mode in modes])
    cases.run("LayerNorm", [[4]], {}, [("train", torch.randn(4)), ("train", torch.randn(0, 4))])
    cases.run("LayerNorm", [[4]], {}, [("train", torch.randn(2, 3, 4))])
    # A variance of 0. PyTorch computes x·r − mean·r, which is 0 as it should be for powers of 2 alone.
    cases.run("LayerNorm", [[1]], {}, [("train", torch.tensor([[0.5], [-2.0], [0.0]]))])


def linear(cases):
    for options in [{}, dict(bias=False)]:
        inputs = [torch.randn(shape) for shape in [(5, 3), (3,), (2, 4, 3), (0, 3), (1, 3)]]
        cases.run("Linear", [3, 2], options, [("train", x) for x in inputs])


def embedding(cases):
    for options in [{}, dict(padding_idx=1)]:
        inputs = [torch.tensor(x) for x in [[0, 4, 1, 4], [[1, 1], [2, 4], [4, 4]], 3]] + [torch.zeros(0, dtype=torch.long)]
        cases.run("Embedding", [5, 3], options, [("train", x) for x in inputs])


def write(out):
    cases = Cases()
    batch_norm(cases)
    layer_norm(cases)
    linear(cases)
    embedding(cases)
    save_tensors(out, "modules", cases.tensors)
    save_json(out, "modules", cases.cases)
