//! The rows on candle, eagerly; images have their channels first, as candle's convolutions want them.

use crate::{number_of, protocol::Call, sizes_of};
use candle_core::{DType, Device, Module, ModuleT, Result, Tensor, Var};
use candle_nn::{
    AdamW, BatchNormConfig, Conv2d, Conv2dConfig, Linear, Optimizer, ParamsAdamW, SGD, VarBuilder, VarMap, loss, ops,
    rnn::{LSTMConfig, RNN, lstm},
};
use std::error::Error;

const CPU: Device = Device::Cpu;

pub fn prepare(row: &str) -> std::result::Result<Option<Call>, Box<dyn Error>> {
    let matrix = || random((4096, 4096), 1.0);
    Ok(Some(match row {
        "conv3x3_b1" => convolution((1, 64, 56, 56), (64, 64, 3, 3), 1, 1, 1)?,
        "conv3x3_b8" => convolution((8, 64, 56, 56), (64, 64, 3, 3), 1, 1, 1)?,
        "conv1x1" => convolution((8, 256, 56, 56), (64, 256, 1, 1), 0, 1, 1)?,
        "conv7x7_stem" => convolution((4, 3, 224, 224), (64, 3, 7, 7), 3, 2, 1)?,
        "depthwise3x3" => convolution((8, 128, 56, 56), (128, 1, 3, 3), 1, 1, 128)?,
        "conv2d_transpose" => {
            let (x, w) = (random((8, 64, 28, 28), 1.0)?, random((64, 32, 4, 4), 1.0)?);
            calling(move || x.conv_transpose2d(&w, 1, 0, 2, 1))
        }
        "matmul_skinny" => product((16384, 256), (256, 32))?,
        "softmax" => {
            let x = random((4096, 1024), 1.0)?;
            calling(move || ops::softmax_last_dim(&x))
        }
        "layer_norm" => {
            let (x, gain, offset) = (random((4096, 1024), 1.0)?, random(1024, 1.0)?, random(1024, 1.0)?);
            calling(move || ops::layer_norm(&x, &gain, &offset, 1e-5))
        }
        "batch_norm" => {
            let variables = VarMap::new();
            let layer = candle_nn::batch_norm(64, BatchNormConfig::default(), builder(&variables))?;
            let x = random((32, 64, 28, 28), 1.0)?;
            calling(move || layer.forward_t(&x, true))
        }
        "adam" => adam()?,
        "sum_all" => {
            let x = matrix()?;
            calling(move || x.sum_all())
        }
        "sum_rows" => {
            let x = matrix()?;
            calling(move || x.sum(1))
        }
        "max_columns" => {
            let x = matrix()?;
            calling(move || x.max(0))
        }
        "elementwise" => {
            let x = matrix()?;
            calling(move || {
                let y = (x.affine(1.5, 0.5)?.relu()? - 0.25)?;
                ((y.sqr()? * 0.125)? - &x)?.abs()?.sqrt()? + x.minimum(2.0)?
            })
        }
        "lstm" | "lstm_step" => recurrent(row == "lstm_step")?,
        row if row.starts_with("matmul_") => match number_of(row) {
            Some(n) => product((n, n), (n, n))?,
            None => return Ok(None),
        },
        row if row.starts_with("mlp_") => match number_of(row) {
            Some(batch) => perceptron(batch, row.starts_with("mlp_step"))?,
            None => return Ok(None),
        },
        row if row.starts_with("filter_") => match sizes_of(row) {
            Some(sizes) => filter(sizes, row.starts_with("filter_step"))?,
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

fn random(shape: impl Into<candle_core::Shape>, deviation: f32) -> Result<Tensor> {
    Tensor::randn(0f32, deviation, shape, &CPU)
}

fn variable(shape: impl Into<candle_core::Shape>) -> Result<Var> {
    Var::from_tensor(&random(shape, 0.05)?)
}

fn builder(variables: &VarMap) -> VarBuilder<'static> {
    VarBuilder::from_varmap(variables, DType::F32, &CPU)
}

fn calling(compute: impl Fn() -> Result<Tensor> + 'static) -> Call {
    Box::new(move || {
        std::hint::black_box(compute()?);
        Ok(())
    })
}

/// Steps of gradient descent.
fn stepping(variables: Vec<Var>, loss: impl Fn() -> Result<Tensor> + 'static) -> Result<Call> {
    let mut descent = SGD::new(variables, 0.01)?;
    Ok(Box::new(move || {
        descent.backward_step(&loss()?)?;
        Ok(())
    }))
}

fn product(a: (usize, usize), b: (usize, usize)) -> Result<Call> {
    let (a, b) = (random(a, 1.0)?, random(b, 1.0)?);
    Ok(calling(move || a.matmul(&b)))
}

fn convolution(
    x: (usize, usize, usize, usize),
    w: (usize, usize, usize, usize),
    padding: usize,
    stride: usize,
    groups: usize,
) -> Result<Call> {
    let (x, w) = (random(x, 1.0)?, random(w, 1.0)?);
    Ok(calling(move || x.conv2d(&w, padding, stride, 1, groups)))
}

fn filter([n, h, w, c]: [usize; 4], trained: bool) -> Result<Call> {
    let variables = vec![variable((32, c, 5, 5))?, variable(32)?, variable((32, 32, 5, 5))?, variable(32)?];
    let config = Conv2dConfig { padding: 2, ..Default::default() };
    let layer =
        |at: usize| Conv2d::new(variables[at].as_tensor().clone(), Some(variables[at + 1].as_tensor().clone()), config);
    let (first, second) = (layer(0), layer(2));
    let x = random((n, c, h, w), 1.0)?;
    let forward = move || second.forward(&first.forward(&x)?.relu()?)?.relu();
    if !trained {
        return Ok(calling(forward));
    }
    let target = random((n, 32, h, w), 1.0)?;
    stepping(variables, move || loss::mse(&forward()?, &target))
}

fn perceptron(batch: usize, trained: bool) -> Result<Call> {
    let sizes = [784, 512, 512, 10];
    let mut variables = Vec::new();
    let mut layers = Vec::new();
    for pair in sizes.windows(2) {
        let (kernel, bias) = (variable((pair[1], pair[0]))?, variable(pair[1])?);
        layers.push(Linear::new(kernel.as_tensor().clone(), Some(bias.as_tensor().clone())));
        variables.extend([kernel, bias]);
    }
    let x = random((batch, 784), 1.0)?;
    let forward = move || layers[2].forward(&layers[1].forward(&layers[0].forward(&x)?.relu()?)?.relu()?);
    if !trained {
        return Ok(calling(forward));
    }
    let labels = Tensor::from_iter((0..batch as u32).map(|n| n % 10), &CPU)?;
    stepping(variables, move || loss::cross_entropy(&forward()?, &labels))
}

fn recurrent(trained: bool) -> Result<Call> {
    let variables = VarMap::new();
    let cell = lstm(128, 128, LSTMConfig::default(), builder(&variables))?;
    let x = random((32, 50, 128), 1.0)?;
    let forward = move || Ok(cell.seq(&x)?[49].h().clone());
    if !trained {
        return Ok(calling(forward));
    }
    stepping(variables.all_vars(), move || forward()?.sqr()?.mean_all())
}

fn adam() -> Result<Call> {
    let (x, slope) = (Var::from_tensor(&random(10_000_000, 1.0)?)?, random(10_000_000, 1.0)?);
    let slopes = (x.as_tensor() * slope)?.sum_all()?.backward()?;
    let mut method = AdamW::new(vec![x], ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..Default::default() })?;
    Ok(Box::new(move || Ok(method.step(&slopes)?)))
}

/// A hundred layers, each with a kernel and a bias.
pub fn startup() -> Result<Call> {
    let mut layers = Vec::new();
    for _ in 0..100 {
        layers.push(Linear::new(random((16, 16), 1.0)?, Some(random(16, 1.0)?)));
    }
    let x = random((1, 16), 1.0)?;
    Ok(calling(move || layers.iter().try_fold(x.clone(), |x, layer| layer.forward(&x)?.relu())))
}
