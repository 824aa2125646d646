//! The rows on burn and its own CPU backend, `ndarray`; images have their channels first, as burn's convolutions want them.

use crate::{number_of, protocol::Call, sizes_of};
use burn::{
    backend::{Autodiff, NdArray},
    module::{AutodiffModule, Module},
    nn::{
        BatchNormConfig, LayerNormConfig, Linear, LinearConfig, Lstm, LstmConfig, PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
        loss::CrossEntropyLossConfig,
    },
    optim::{GradientsParams, Optimizer, SgdConfig},
    tensor::{
        Distribution, Int, Tensor,
        activation::{relu, softmax},
        backend::Backend,
        module::{conv_transpose2d, conv2d},
        ops::{ConvOptions, ConvTransposeOptions},
    },
};
use std::error::Error;

type Cpu = NdArray<f32>;
type Trained = Autodiff<Cpu>;

pub fn prepare(row: &str) -> Result<Option<Call>, Box<dyn Error>> {
    let matrix = || random::<Cpu, 2>([4096, 4096]);
    Ok(Some(match row {
        "conv3x3_b1" => convolution([1, 64, 56, 56], [64, 64, 3, 3], 1, 1, 1),
        "conv3x3_b8" => convolution([8, 64, 56, 56], [64, 64, 3, 3], 1, 1, 1),
        "conv1x1" => convolution([8, 256, 56, 56], [64, 256, 1, 1], 0, 1, 1),
        "conv7x7_stem" => convolution([4, 3, 224, 224], [64, 3, 7, 7], 3, 2, 1),
        "depthwise3x3" => convolution([8, 128, 56, 56], [128, 1, 3, 3], 1, 1, 128),
        "conv2d_transpose" => {
            let (x, w) = (random::<Cpu, 4>([8, 64, 28, 28]), random::<Cpu, 4>([64, 32, 4, 4]));
            let options = ConvTransposeOptions::new([2, 2], [1, 1], [0, 0], [1, 1], 1);
            calling(move || conv_transpose2d(x.clone(), w.clone(), None, options.clone()))
        }
        "matmul_skinny" => product([16384, 256], [256, 32]),
        "softmax" => {
            let x = random::<Cpu, 2>([4096, 1024]);
            calling(move || softmax(x.clone(), 1))
        }
        "layer_norm" => {
            let (layer, x) = (LayerNormConfig::new(1024).init::<Cpu>(&cpu()), random::<Cpu, 2>([4096, 1024]));
            calling(move || layer.forward(x.clone()))
        }
        "batch_norm" => {
            // Statistics are those of the batch where gradients are recorded.
            let layer = BatchNormConfig::new(64).init::<Trained>(&cpu());
            let x = random::<Trained, 4>([32, 64, 28, 28]);
            calling(move || layer.forward(x.clone()))
        }
        "sum_all" => {
            let x = matrix();
            calling(move || x.clone().sum())
        }
        "sum_rows" => {
            let x = matrix();
            calling(move || x.clone().sum_dim(1))
        }
        "max_columns" => {
            let x = matrix();
            calling(move || x.clone().max_dim(0))
        }
        "elementwise" => {
            let x = matrix();
            calling(move || {
                let y = relu(x.clone() * 1.5 + 0.5) - 0.25;
                (y.square() * 0.125 - x.clone()).abs().sqrt() + x.clone().clamp_max(2.0)
            })
        }
        "lstm" | "lstm_step" => recurrent(row == "lstm_step"),
        row if row.starts_with("matmul_") => match number_of(row) {
            Some(n) => product([n, n], [n, n]),
            None => return Ok(None),
        },
        row if row.starts_with("mlp_") => match number_of(row) {
            Some(batch) => perceptron(batch, row.starts_with("mlp_step")),
            None => return Ok(None),
        },
        row if row.starts_with("filter_") => match sizes_of(row) {
            Some(sizes) => filter(sizes, row.starts_with("filter_step")),
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

fn cpu() -> <Cpu as Backend>::Device {
    Default::default()
}

fn random<B: Backend<Device = <Cpu as Backend>::Device>, const D: usize>(shape: [usize; D]) -> Tensor<B, D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &cpu())
}

fn calling<R>(compute: impl Fn() -> R + 'static) -> Call {
    Box::new(move || {
        std::hint::black_box(compute());
        Ok(())
    })
}

/// Steps of gradient descent.
fn stepping<M: AutodiffModule<Trained> + 'static>(model: M, loss: impl Fn(&M) -> Tensor<Trained, 1> + 'static) -> Call {
    let mut descent = SgdConfig::new().init::<Trained, M>();
    let mut model = Some(model);
    Box::new(move || {
        let now = model.take().expect("each step puts the model back");
        let slopes = GradientsParams::from_grads(loss(&now).backward(), &now);
        model = Some(descent.step(0.01, now, slopes));
        Ok(())
    })
}

fn product(a: [usize; 2], b: [usize; 2]) -> Call {
    let (a, b) = (random::<Cpu, 2>(a), random::<Cpu, 2>(b));
    calling(move || a.clone().matmul(b.clone()))
}

fn convolution(x: [usize; 4], w: [usize; 4], padding: usize, stride: usize, groups: usize) -> Call {
    let (x, w) = (random::<Cpu, 4>(x), random::<Cpu, 4>(w));
    let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], groups);
    calling(move || conv2d(x.clone(), w.clone(), None, options.clone()))
}

#[derive(Module, Debug)]
struct Filter<B: Backend> {
    first: Conv2d<B>,
    second: Conv2d<B>,
}

impl<B: Backend<Device = <Cpu as Backend>::Device>> Filter<B> {
    fn new(channels: usize) -> Filter<B> {
        let layer =
            |channels| Conv2dConfig::new([channels, 32], [5, 5]).with_padding(PaddingConfig2d::Same).init(&cpu());
        Filter { first: layer(channels), second: layer(32) }
    }

    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        relu(self.second.forward(relu(self.first.forward(x))))
    }
}

fn filter([n, h, w, c]: [usize; 4], trained: bool) -> Call {
    if !trained {
        let (model, x) = (Filter::<Cpu>::new(c), random::<Cpu, 4>([n, c, h, w]));
        return calling(move || model.forward(x.clone()));
    }
    let (x, target) = (random::<Trained, 4>([n, c, h, w]), random::<Trained, 4>([n, 32, h, w]));
    stepping(Filter::<Trained>::new(c), move |model| (model.forward(x.clone()) - target.clone()).square().mean())
}

#[derive(Module, Debug)]
struct Perceptron<B: Backend> {
    layers: [Linear<B>; 3],
}

impl<B: Backend<Device = <Cpu as Backend>::Device>> Perceptron<B> {
    fn new() -> Perceptron<B> {
        Perceptron { layers: [(784, 512), (512, 512), (512, 10)].map(|(a, b)| LinearConfig::new(a, b).init(&cpu())) }
    }

    fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let [first, second, last] = &self.layers;
        last.forward(relu(second.forward(relu(first.forward(x)))))
    }
}

fn perceptron(batch: usize, trained: bool) -> Call {
    if !trained {
        let (model, x) = (Perceptron::<Cpu>::new(), random::<Cpu, 2>([batch, 784]));
        return calling(move || model.forward(x.clone()));
    }
    let x = random::<Trained, 2>([batch, 784]);
    let labels = Tensor::<Trained, 1, Int>::arange(0..batch as i64, &cpu()) % 10;
    let loss = CrossEntropyLossConfig::new().init::<Trained>(&cpu());
    stepping(Perceptron::new(), move |model| loss.forward(model.forward(x.clone()), labels.clone()))
}

fn recurrent(trained: bool) -> Call {
    if !trained {
        let (model, x) = (LstmConfig::new(128, 128, true).init::<Cpu>(&cpu()), random::<Cpu, 3>([32, 50, 128]));
        return calling(move || model.forward(x.clone(), None).1.hidden);
    }
    let x = random::<Trained, 3>([32, 50, 128]);
    let model: Lstm<Trained> = LstmConfig::new(128, 128, true).init(&cpu());
    stepping(model, move |model| model.forward(x.clone(), None).1.hidden.square().mean())
}

/// A hundred layers, each with a kernel and a bias.
pub fn startup() -> Call {
    let layers: Vec<Linear<Cpu>> = (0..100).map(|_| LinearConfig::new(16, 16).init(&cpu())).collect();
    let x = random::<Cpu, 2>([1, 16]);
    calling(move || layers.iter().fold(x.clone(), |x, layer| relu(layer.forward(x))))
}
