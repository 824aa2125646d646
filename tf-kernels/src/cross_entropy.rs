//! Cross entropy between labels and the softmax of logits, and its gradient, without overflow.

use crate::error::KernelError;
use crate::isa::{isa, multiversion};
use crate::math::Math;
use crate::softmax::{log_softmax_f32, log_softmax_f64};
use crate::threads::{SharedMut, for_each_chunk};

/// Elementary operations for one element.
const WORK: usize = 12;

macro_rules! cross_entropy {
    ($($dense:ident $sparse:ident $log_softmax:ident $row:ident $exp:ident $t:ident;)*) => { $(
        #[doc = concat!("For each row of `classes` logits of `", stringify!($t), "` the cross entropy with the row of `labels`, and `softmax(logits) - labels` (`tf.nn.softmax_cross_entropy_with_logits`).")]
        ///
        /// # Panics
        /// If the lengths do not fit.
        pub fn $dense(logits: &[$t], labels: &[$t], classes: usize, loss: &mut [$t], gradient: &mut [$t]) {
            assert_eq!(labels.len(), logits.len(), "elements of labels and logits");
            assert_eq!(gradient.len(), logits.len(), "elements of gradient and logits");
            assert_eq!(loss.len() * classes, logits.len(), "a loss for each row");
            $log_softmax(logits, classes, gradient);
            let isa = isa();
            let losses = SharedMut::new(loss);
            for_each_chunk(gradient, classes.max(1), logits.len() * WORK, |start, gradient| {
                for (i, gradient) in gradient.chunks_exact_mut(classes).enumerate() {
                    let row = start / classes + i;
                    let loss = $row(isa, &labels[row * classes..][..classes], gradient);
                    // SAFETY: the row is this part's own, and there is a loss for each.
                    unsafe { *losses.get().add(row) = loss };
                }
            });
        }

        #[doc = concat!("For each row of `classes` logits of `", stringify!($t), "` the cross entropy with the class `labels` names, and `softmax(logits)` less the one-hot label (`tf.nn.sparse_softmax_cross_entropy_with_logits`).")]
        ///
        /// # Errors
        /// [`KernelError::IndexOutOfRange`] for the first label that is no class.
        ///
        /// # Panics
        /// If the lengths do not fit.
        pub fn $sparse(
            logits: &[$t],
            labels: &[i64],
            classes: usize,
            loss: &mut [$t],
            gradient: &mut [$t],
        ) -> Result<(), KernelError> {
            assert_eq!(gradient.len(), logits.len(), "elements of gradient and logits");
            assert_eq!(labels.len(), loss.len(), "a label for each loss");
            assert_eq!(loss.len() * classes, logits.len(), "a loss for each row");
            let outside = |&label: &i64| usize::try_from(label).map_or(true, |label| label >= classes);
            if let Some(position) = labels.iter().position(outside) {
                return Err(KernelError::IndexOutOfRange { position, index: labels[position], size: classes });
            }
            $log_softmax(logits, classes, gradient);
            for ((loss, &label), gradient) in loss.iter_mut().zip(labels).zip(gradient.chunks_exact(classes.max(1))) {
                *loss = -gradient[label as usize];
            }
            let isa = isa();
            for_each_chunk(gradient, classes.max(1), logits.len() * WORK, |start, gradient| {
                $exp(isa, gradient);
                for (i, gradient) in gradient.chunks_exact_mut(classes).enumerate() {
                    gradient[labels[start / classes + i] as usize] -= 1.0;
                }
            });
            Ok(())
        }

        multiversion! {
            /// The loss of one row, whose log-softmax becomes the gradient.
            fn $row[](labels: &[$t], gradient: &mut [$t]) -> $t {
                let mut loss = 0.0;
                for (gradient, &label) in gradient.iter_mut().zip(labels) {
                    // A class that the label rules out may be infinitely unlikely.
                    loss -= if label == 0.0 { 0.0 } else { label * *gradient };
                    *gradient = Math::exp(*gradient) - label;
                }
                loss
            }
        }

        multiversion! {
            fn $exp[](x: &mut [$t]) {
                for x in x {
                    *x = Math::exp(*x);
                }
            }
        }
    )* };
}

cross_entropy! {
    cross_entropy_f32 sparse_cross_entropy_f32 log_softmax_f32 loss_row_f32 exp_f32 f32;
    cross_entropy_f64 sparse_cross_entropy_f64 log_softmax_f64 loss_row_f64 exp_f64 f64;
}
