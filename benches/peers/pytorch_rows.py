"""The rows in PyTorch. Arguments: `eager` or `compiled`, threads."""

import sys

MODE, THREADS = sys.argv[1], int(sys.argv[2])

import torch
from torch import nn
from torch.nn import functional

import worker

torch.set_num_threads(THREADS)
torch.manual_seed(0)


def compiled(function):
    """The function, compiled if that is the mode."""
    return torch.compile(function) if MODE == "compiled" else function


def images(n, h, w, c):
    """Images with their channels last in memory, as everybody else has them."""
    return torch.rand(n, h, w, c).permute(0, 3, 1, 2)


def inference(function, *inputs):
    function = compiled(function)

    def call():
        with torch.inference_mode():
            return function(*inputs)

    return call


def step(model, loss_of, *inputs):
    """A step of gradient descent."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss_of = compiled(loss_of)

    def call():
        optimizer.zero_grad()
        loss_of(*inputs).backward()
        optimizer.step()

    return call


class Filter(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, 32, 5, padding=2)
        self.second = nn.Conv2d(32, 32, 5, padding=2)

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.first(x))))


def filter_row(row):
    shape = tuple(int(size) for size in row.rsplit("_", 1)[1].split("x"))
    model = Filter(shape[3]).to(memory_format=torch.channels_last)
    x = images(*shape)
    if not row.startswith("filter_step"):
        return inference(model, x)
    target = images(*shape[:3], 32)
    return step(model, lambda x, t: ((model(x) - t) ** 2).mean(), x, target)


def mlp_row(row):
    n = int(row.rsplit("b", 1)[1])
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    x = torch.rand(n, 784)
    if not row.startswith("mlp_step"):
        return inference(model, x)
    labels = torch.arange(n) % 10
    return step(model, lambda x, t: functional.cross_entropy(model(x), t), x, labels)


def lstm_row(row):
    model = nn.LSTM(128, 128, batch_first=True)
    x = torch.rand(32, 50, 128)
    if row == "lstm":
        return inference(lambda x: model(x)[1][0], x)
    return step(model, lambda x: (model(x)[1][0] ** 2).mean(), x)


def batch_norm_row():
    x = images(32, 28, 28, 64)
    model = nn.BatchNorm2d(64).train()
    return inference(model, x)


def adam_row():
    x = nn.Parameter(torch.rand(10_000_000))
    x.grad = torch.rand(10_000_000)
    optimizer = torch.optim.Adam([x], lr=1e-3, fused=True if MODE == "compiled" else None)
    return optimizer.step


def chain(x):
    y = torch.relu(x * 1.5 + 0.5) - 0.25
    return torch.sqrt(torch.abs(torch.square(y) * 0.125 - x)) + torch.clamp(x, max=2.0)


def conv_row(shape, *arguments, **options):
    model = nn.Conv2d(*arguments, bias=False, **options).to(memory_format=torch.channels_last)
    return inference(model, images(*shape))


def transpose_row():
    model = nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False).to(memory_format=torch.channels_last)
    return inference(model, images(8, 28, 28, 64))


def prepare(row):
    torch.compiler.reset() if MODE == "compiled" else None
    if row.startswith("filter"):
        return filter_row(row)
    if row.startswith("mlp"):
        return mlp_row(row)
    if row.startswith("lstm"):
        return lstm_row(row)
    if row.startswith("matmul_") and row != "matmul_skinny":
        n = int(row.split("_")[1])
        return inference(torch.matmul, torch.rand(n, n), torch.rand(n, n))
    matrix = lambda: torch.rand(4096, 4096)
    rows = {
        "conv3x3_b1": lambda: conv_row((1, 56, 56, 64), 64, 64, 3, padding=1),
        "conv3x3_b8": lambda: conv_row((8, 56, 56, 64), 64, 64, 3, padding=1),
        "conv1x1": lambda: conv_row((8, 56, 56, 256), 256, 64, 1),
        "conv7x7_stem": lambda: conv_row((4, 224, 224, 3), 3, 64, 7, stride=2, padding=3),
        "depthwise3x3": lambda: conv_row((8, 56, 56, 128), 128, 128, 3, padding=1, groups=128),
        "conv2d_transpose": transpose_row,
        "matmul_skinny": lambda: inference(torch.matmul, torch.rand(16384, 256), torch.rand(256, 32)),
        "softmax": lambda: inference(lambda x: torch.softmax(x, 1), torch.rand(4096, 1024)),
        "layer_norm": lambda: inference(nn.LayerNorm(1024), torch.rand(4096, 1024)),
        "batch_norm": batch_norm_row,
        "adam": adam_row,
        "sum_all": lambda: inference(torch.sum, matrix()),
        "sum_rows": lambda: inference(lambda x: torch.sum(x, 1), matrix()),
        "max_columns": lambda: inference(lambda x: torch.amax(x, 0), matrix()),
        "elementwise": lambda: inference(chain, matrix()),
    }
    return rows[row]() if row in rows else None


if len(sys.argv) > 3 and sys.argv[3] == "startup":
    layers = [layer for _ in range(100) for layer in (nn.Linear(16, 16), nn.ReLU())]
    inference(nn.Sequential(*layers), torch.ones(1, 16))()
else:
    worker.serve(prepare)
