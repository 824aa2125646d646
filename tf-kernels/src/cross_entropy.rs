//! Cross entropy between labels and the softmax of logits, and its gradient, without overflow.

use crate::Isa;
use crate::error::KernelError;
use crate::exponentials::{loss_f32, shares_f32};
use crate::isa::{isa, multiversion};
use crate::softmax::{WORK, log_softmax_row, softmax_row};
use crate::threads::{SharedMut, for_each_chunk};

macro_rules! cross_entropy {
    ($($dense:ident $sparse:ident $row:ident $shares:ident $t:ident;)*) => { $(
        #[doc = concat!("For each row of `classes` logits of `", stringify!($t), "` the cross entropy with the row of `labels`, and `softmax(logits) - labels` (`tf.nn.softmax_cross_entropy_with_logits`).")]
        ///
        /// # Panics
        /// If the lengths do not fit.
        pub fn $dense(logits: &[$t], labels: &[$t], classes: usize, loss: &mut [$t], gradient: &mut [$t]) {
            assert_eq!(labels.len(), logits.len(), "elements of labels and logits");
            let part = |row: usize| row * classes..(row + 1) * classes;
            rows(logits, classes, loss, gradient, |isa, row, logits, gradient| {
                $row(isa, logits, &labels[part(row)], gradient)
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
            assert_eq!(labels.len(), loss.len(), "a label for each loss");
            let outside = |&label: &i64| usize::try_from(label).map_or(true, |label| label >= classes);
            if let Some(position) = labels.iter().position(outside) {
                return Err(KernelError::IndexOutOfRange { position, index: labels[position], size: classes });
            }
            rows(logits, classes, loss, gradient, |isa, row, logits, gradient| {
                let label = labels[row] as usize;
                let (max, log_sum) = $shares(isa, logits, gradient);
                gradient[label] -= 1.0;
                log_sum - (logits[label] - max)
            });
            Ok(())
        }
    )* };
}

cross_entropy! {
    cross_entropy_f32 sparse_cross_entropy_f32 loss_f32 shares_f32 f32;
    cross_entropy_f64 sparse_cross_entropy_f64 loss_row softmax_row f64;
}

/// Calls `row` with the number of each row, its logits and its gradient, for the loss.
fn rows<T: Copy + Send + Sync>(
    logits: &[T],
    classes: usize,
    loss: &mut [T],
    gradient: &mut [T],
    row: impl Fn(Isa, usize, &[T], &mut [T]) -> T + Sync,
) {
    assert_eq!(gradient.len(), logits.len(), "elements of gradient and logits");
    assert_eq!(loss.len() * classes, logits.len(), "a loss for each row");
    let isa = isa();
    let losses = SharedMut::new(loss);
    for_each_chunk(gradient, classes.max(1), logits.len() * WORK, |start, gradient| {
        for (i, gradient) in gradient.chunks_exact_mut(classes).enumerate() {
            let number = start / classes + i;
            let loss = row(isa, number, &logits[number * classes..][..classes], gradient);
            // SAFETY: the row is this part's own, and there is a loss for each.
            unsafe { *losses.get().add(number) = loss };
        }
    });
}

/// The loss of one row of `f64`, and its gradient.
fn loss_row(isa: Isa, logits: &[f64], labels: &[f64], gradient: &mut [f64]) -> f64 {
    log_softmax_row(isa, logits, gradient);
    from_logarithms(isa, labels, gradient)
}

multiversion! {
    /// The loss of one row, whose log-softmax becomes the gradient.
    fn from_logarithms[](labels: &[f64], gradient: &mut [f64]) -> f64 {
        let mut loss = 0.0;
        for (gradient, &label) in gradient.iter_mut().zip(labels) {
            // A class that the label rules out may be infinitely unlikely.
            loss -= if label == 0.0 { 0.0 } else { label * *gradient };
            *gradient = gradient.exp() - label;
        }
        loss
    }
}
