"""The learning rates, and momenta, that every schedule sets over 45 epochs, in f64.

The optimizer has two groups with rates of their own. What is recorded is what is in force in each epoch: the first
entry is what the schedule's start sets.
"""
import torch

from cases._save import save_json

EPOCHS = 45
RATES = [0.1, 0.025]

VARIANTS = [
    ("StepLR", dict(step_size=7)),
    ("StepLR", dict(step_size=1, gamma=0.93)),
    ("StepLR", dict(step_size=10, gamma=2.0)),
    ("MultiStepLR", dict(milestones=[3, 17, 17, 30])),
    ("MultiStepLR", dict(milestones=[30, 5, 12], gamma=0.37)),
    ("ExponentialLR", dict(gamma=0.9)),
    ("ExponentialLR", dict(gamma=1.03)),
    ("CosineAnnealingLR", dict(T_max=10)),
    ("CosineAnnealingLR", dict(T_max=44, eta_min=1e-3)),
    ("CosineAnnealingLR", dict(T_max=1, eta_min=0.01)),
    ("CosineAnnealingLR", dict(T_max=7, eta_min=0.05)),
    ("LinearLR", dict()),
    ("LinearLR", dict(start_factor=0.1, total_iters=20)),
    ("LinearLR", dict(start_factor=1.0, end_factor=0.0, total_iters=30)),
    ("OneCycleLR", dict(max_lr=1.0, total_steps=45)),
    ("OneCycleLR", dict(max_lr=0.5, total_steps=60, anneal_strategy="linear")),
    ("OneCycleLR", dict(max_lr=[1.0, 0.2], total_steps=45, pct_start=0.5, div_factor=10.0, final_div_factor=100.0)),
    ("OneCycleLR", dict(max_lr=1.0, total_steps=50, three_phase=True)),
    ("OneCycleLR", dict(max_lr=1.0, total_steps=45, three_phase=True, anneal_strategy="linear", pct_start=0.4)),
    ("OneCycleLR", dict(max_lr=1.0, total_steps=45, base_momentum=0.5, max_momentum=0.99)),
    ("OneCycleLR", dict(max_lr=1.0, total_steps=45, cycle_momentum=False)),
    ("OneCycleLR", dict(max_lr=1.0, total_steps=45, pct_start=0.0)),
    ("OneCycleLR", dict(max_lr=1.0, total_steps=45, pct_start=0.9)),
]
# Several schedules on one optimizer: the chained form multiplies.
CHAINS = [
    [("LinearLR", dict(start_factor=0.25, total_iters=8)), ("ExponentialLR", dict(gamma=0.95))],
    [("LinearLR", dict(total_iters=10)), ("CosineAnnealingLR", dict(T_max=20, eta_min=1e-4))],
    [("StepLR", dict(step_size=5, gamma=0.8)), ("MultiStepLR", dict(milestones=[9, 21], gamma=0.5))],
]
OPTIMIZERS = {"SGD": dict(momentum=0.9), "Adam": dict()}


def run(optimizer, schedules):
    groups = [dict(params=[torch.nn.Parameter(torch.zeros(1))], lr=lr) for lr in RATES]
    optimizer = getattr(torch.optim, optimizer)(groups, **OPTIMIZERS[optimizer])
    schedulers = [getattr(torch.optim.lr_scheduler, name)(optimizer, **options) for name, options in schedules]
    lrs, momenta = [], []
    for _ in range(EPOCHS):
        lrs.append([group["lr"] for group in optimizer.param_groups])
        momenta.append([group["betas"][0] if "betas" in group else group["momentum"] for group in optimizer.param_groups])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return dict(lrs=lrs, momenta=momenta)


def write(out):
    runs = []
    for chain in [[variant] for variant in VARIANTS] + CHAINS:
        optimizers = ["SGD", "Adam"] if chain[0][0] == "OneCycleLR" else ["SGD"]
        for optimizer in optimizers:
            schedules = [dict(name=name, options=options) for name, options in chain]
            runs.append(dict(optimizer=optimizer, schedules=schedules, **run(optimizer, chain)))
    save_json(out, "schedules", runs)
