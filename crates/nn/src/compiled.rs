//! What is compiled here for `f32`, once, and not in each program that uses it.
//!
//! Layers, losses and optimizers are generic in the element type, and a generic function is compiled where it is used. Those
//! that are marked `#[inline(never)]` are taken from where they have been compiled already: here, since these tables name
//! them. A function that is missing in the tables works all the same; the programs that use it are larger and take longer
//! to build, which `scripts/lightness` watches. `f64` is compiled where it is used: a program of `f32` carries none of it.

use deltarule_tensor::{LongTensor, Tensor};

use crate::optim::{Adagrad, Adam, AdamW, Optimizer, RmsProp, Sgd};
use crate::{
    BatchNorm1d, BceLoss, BceWithLogitsLoss, CrossEntropyLoss, Dropout, Elu, Embedding, Flatten, Forward, Gelu,
    HuberLoss, Identity, L1Loss, LayerNorm, LeakyRelu, Linear, LogSoftmax, MseLoss, NllLoss, Relu, Sequential, Sigmoid,
    Silu, SmoothL1Loss, Softmax, Softplus, Stateful, Tanh,
};

/// Names all methods of these layers, by what a `Box<dyn Forward>` of them holds.
macro_rules! layers {
    ($($layer:ident)*) => {
        $(const _: () = {
            #[allow(dead_code)]
            static COMPILED: fn(Box<$layer>) -> Box<dyn Forward> = |layer| layer;
        };)*
    };
}

/// Names all methods of these optimizers, and of what is saved of them.
macro_rules! optimizers {
    ($($optimizer:ident)*) => {
        $(const _: () = {
            #[allow(dead_code)]
            static COMPILED: (fn(Box<$optimizer>) -> Box<dyn Optimizer>, fn(Box<$optimizer>) -> Box<dyn Stateful>) =
                (|optimizer| optimizer, |optimizer| optimizer);
        };)*
    };
}

/// Names the losses of tensors and tensors, or of tensors and classes.
macro_rules! losses {
    ($($loss:ident($target:ident))*) => {
        $(const _: () = {
            #[allow(dead_code)]
            static COMPILED: fn(&$loss, &Tensor, &$target) -> Tensor = |loss, x, target| loss.forward(x, target);
        };)*
    };
}

layers! {
    BatchNorm1d Dropout Elu Flatten Gelu Identity LayerNorm LeakyRelu Linear LogSoftmax Relu Sequential Sigmoid Silu
    Softmax Softplus Tanh
}

optimizers! { Adagrad Adam AdamW RmsProp Sgd }

losses! {
    BceLoss(Tensor) BceWithLogitsLoss(Tensor) CrossEntropyLoss(LongTensor) CrossEntropyLoss(Tensor)
    HuberLoss(Tensor) L1Loss(Tensor) MseLoss(Tensor) NllLoss(LongTensor) SmoothL1Loss(Tensor)
}

const _: () = {
    #[allow(dead_code)]
    static COMPILED: fn(&Embedding, &LongTensor) -> Tensor = |layer, indices| layer.forward(indices);
};
