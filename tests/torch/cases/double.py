"""What f64 gives: layers, losses, optimizers, and initial values by seed, with `dtype=torch.float64` throughout.

The rules are those of f32, which the other themes try with every option and at every corner. Here each is run once or
twice, so that a constant or an option that was rounded to f32 on the way shows in the last digits.
"""
import torch
from torch import nn

from cases import optim
from cases._save import save_json, save_tensors

# Options are numbers that f32 doesn't hold exactly. tests/parity/double.rs has the same names.
LAYERS = {
    "linear": lambda: nn.Linear(4, 3),
    "linear without bias": lambda: nn.Linear(4, 3, bias=False),
    "batch norm": lambda: nn.BatchNorm1d(4, momentum=0.3, eps=1e-3),
    "batch norm of all": lambda: nn.BatchNorm1d(4, momentum=None),
    "layer norm": lambda: nn.LayerNorm([4], eps=1e-3),
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky relu": lambda: nn.LeakyReLU(0.3),
    "leaky relu by default": nn.LeakyReLU,
    "elu": lambda: nn.ELU(0.7),
    "softplus": lambda: nn.Softplus(0.3, 0.9),
    "gelu": nn.GELU,
    "gelu by tanh": lambda: nn.GELU(approximate="tanh"),
    "silu": nn.SiLU,
    "softmax": lambda: nn.Softmax(1),
    "log softmax": lambda: nn.LogSoftmax(1),
    "model": lambda: nn.Sequential(
        nn.Linear(4, 5), nn.Tanh(), nn.BatchNorm1d(5), nn.Sequential(nn.Linear(5, 3), nn.Sigmoid()), nn.Linear(3, 2)
    ),
}
WEIGHT = torch.tensor([0.3, 2.1, 1.7], dtype=torch.float64)
LOSSES = {
    "mse": nn.MSELoss(),
    "l1": nn.L1Loss(),
    "huber": nn.HuberLoss(delta=0.7),
    "smooth l1": nn.SmoothL1Loss(beta=0.3),
    "bce": nn.BCELoss(weight=WEIGHT),
    "bce with logits": nn.BCEWithLogitsLoss(weight=WEIGHT, pos_weight=WEIGHT + 1),
}
CLASS_LOSSES = {
    "nll": nn.NLLLoss(weight=WEIGHT),
    "cross entropy": nn.CrossEntropyLoss(),
    "cross entropy with options": nn.CrossEntropyLoss(weight=WEIGHT, label_smoothing=0.1, ignore_index=1),
}
SEEDED = {
    "linear": lambda: nn.Linear(7, 6),
    "embedding": lambda: nn.Embedding(11, 7),
    "embedding small": lambda: nn.Embedding(3, 2),
}
INITS = {
    "xavier normal": lambda w: nn.init.xavier_normal_(w, 0.3),
    "kaiming uniform": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
    "constant": lambda w: nn.init.constant_(w, 0.1),
}
STEPS = 8


def layers(tensors):
    for name, make in LAYERS.items():
        layer = make()
        tensors |= {f"{name}.state.{key}": value.clone() for key, value in layer.state_dict().items()}
        for step, train in enumerate([True, True, False]):
            layer.train(train)
            layer.zero_grad()
            x = (torch.randn(6, 4) * 2).requires_grad_()
            y = layer(x)
            g = torch.randn(y.shape)
            y.backward(g)
            at = f"{name}.{step}"
            tensors |= {f"{at}.input": x, f"{at}.output": y, f"{at}.output_grad": g, f"{at}.input_grad": x.grad}
            tensors |= {f"{at}.grad.{key}": parameter.grad for key, parameter in layer.named_parameters()}
        tensors |= {f"{name}.end.{key}": value.clone() for key, value in layer.named_buffers()}


def embedding(tensors):
    layer = nn.Embedding(5, 3, padding_idx=1)
    indices = torch.tensor([[0, 4, 1], [4, 4, 2]])
    y = layer(indices)
    g = torch.randn(y.shape)
    y.backward(g)
    tensors |= {"embedding.weight": layer.weight, "embedding.input": indices, "embedding.output": y}
    tensors |= {"embedding.output_grad": g, "embedding.grad": layer.weight.grad}


def losses(tensors):
    for name, loss in LOSSES.items():
        x, t = torch.rand(4, 3).requires_grad_(), torch.rand(4, 3)
        keep(tensors, name, loss, x, t)
    target = torch.tensor([0, 2, 1, 2])
    for name, loss in CLASS_LOSSES.items():
        keep(tensors, name, loss, torch.randn(4, 3).requires_grad_(), target)
    keep(tensors, "cross entropy of probabilities", nn.CrossEntropyLoss(label_smoothing=0.1), torch.randn(4, 3).requires_grad_(), torch.rand(4, 3))


def keep(tensors, name, loss, x, target):
    y = loss(x, target)
    y.backward()
    tensors |= {f"{name}.input": x, f"{name}.target": target, f"{name}.value": y, f"{name}.input_grad": x.grad}


def optimizers(tensors):
    start = torch.randn(7)
    tensors["optim.start"] = start
    gradients = [torch.randn(7) * 3 for _ in range(STEPS)]
    tensors["optim.gradients"] = torch.stack(gradients)
    for index, (name, options) in enumerate(optim.VARIANTS):
        p = nn.Parameter(start.clone())
        optimizer = getattr(torch.optim, name)([p], **options)
        for gradient in gradients:
            p.grad = gradient.clone()
            optimizer.step()
        tensors[f"optim.{index}"] = p
    p = nn.Parameter(start.clone())
    p.grad = gradients[0].clone()
    tensors["clip.norm"] = torch.nn.utils.clip_grad_norm_([p], 0.3, 3.0)
    tensors["clip.grad"] = p.grad


def seeded(tensors):
    for name, layer in SEEDED.items():
        torch.manual_seed(0)
        tensors |= {f"seed.{name}.{key}": value for key, value in layer().state_dict().items()}
        tensors[f"seed.{name}.next"] = torch.rand(1, dtype=torch.float32)
    for name, init in INITS.items():
        torch.manual_seed(1)
        tensors[f"seed.{name}"] = init(torch.empty(6, 7))
    torch.manual_seed(3)
    tensors["seed.dropout"] = nn.Dropout(0.3)(torch.arange(1.0, 41.0))


def write(out):
    torch.set_default_dtype(torch.float64)
    try:
        tensors = {}
        layers(tensors)
        embedding(tensors)
        losses(tensors)
        optimizers(tensors)
        seeded(tensors)
    finally:
        torch.set_default_dtype(torch.float32)
    save_tensors(out, "double", tensors)
    runs = [dict(optimizer=name, options=options) for name, options in optim.VARIANTS]
    save_json(out, "double", dict(steps=STEPS, runs=runs))
