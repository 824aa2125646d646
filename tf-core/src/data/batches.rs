//! Batches one after the other: epoch after epoch, from any position on, made ahead by a thread if asked.

use super::{Dataset, order::order};
use crate::error::{Error, Result, Status};
use std::sync::{
    Arc,
    mpsc::{Receiver, sync_channel},
};

/// How far reading is: what is saved with a checkpoint, so that a resumed run sees the batches that the first would have seen.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Position {
    /// The epoch, from 0.
    pub epoch: u64,
    /// The batch of the epoch that comes next, from 0.
    pub batch: u64,
}

/// Batches of a dataset, without end.
///
/// ```
/// # use tf_core as tf;
/// use tf::data::Batches;
/// let images = ndarray::Array3::<f32>::zeros((10, 8, 8));
/// let labels = ndarray::Array1::from_iter(0..10i32);
/// let mut batches = Batches::new((images, labels), 4)?.shuffled(7).prefetched(2);
/// let (images, labels) = batches.next_batch()?;
/// assert_eq!((images.dim(), labels.len()), ((4, 8, 8), 4));
/// assert_eq!(batches.per_epoch(), 3); // the last of an epoch has two
/// # Ok::<(), tf::Error>(())
/// ```
pub struct Batches<D: Dataset> {
    plan: Plan<D>,
    position: Position,
    /// The order of an epoch, with its number.
    order: Option<(u64, Vec<usize>)>,
    /// How many batches are made ahead; none: each is made when it is asked for.
    ahead: usize,
    worker: Option<Receiver<Result<D::Batch>>>,
}

impl<D: Dataset> std::fmt::Debug for Batches<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Plan { examples, size, seed, .. } = self.plan;
        f.debug_struct("Batches")
            .field("examples", &examples)
            .field("size", &size)
            .field("seed", &seed)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// What the batch at a position is.
struct Plan<D> {
    dataset: Arc<D>,
    examples: usize,
    size: usize,
    seed: Option<u64>,
    drop_remainder: bool,
}

impl<D> Clone for Plan<D> {
    fn clone(&self) -> Self {
        Plan { dataset: self.dataset.clone(), ..*self }
    }
}

impl<D: Dataset> Plan<D> {
    fn per_epoch(&self) -> u64 {
        let batches = if self.drop_remainder { self.examples / self.size } else { self.examples.div_ceil(self.size) };
        batches.max(1) as u64
    }

    /// The batch at a position, which moves on, unless the batch cannot be made; `order_now` keeps the order of its epoch.
    fn advance(&self, position: &mut Position, order_now: &mut Option<(u64, Vec<usize>)>) -> Result<D::Batch> {
        let order = match order_now {
            Some((epoch, order)) if *epoch == position.epoch => order,
            _ => &order_now.insert((position.epoch, order(self.examples, self.seed, position.epoch))).1,
        };
        let from = position.batch as usize * self.size;
        let batch = self.dataset.gather(&order[from..(from + self.size).min(self.examples)])?;
        *position = self.after(*position);
        Ok(batch)
    }

    /// Where the batch after the one at this position is.
    fn after(&self, position: Position) -> Position {
        let next = Position { batch: position.batch + 1, ..position };
        if next.batch < self.per_epoch() { next } else { Position { epoch: position.epoch + 1, batch: 0 } }
    }
}

/// Why parts with these numbers of examples are no dataset.
fn disagreement(lengths: &[Option<usize>]) -> String {
    if let Some(part) = lengths.iter().position(Option::is_none) {
        return format!(
            "part {part} of a dataset, counted from 0, has no axis that counts examples\n  help: give every part one entry for each example, along its first axis"
        );
    }
    let numbers: Vec<String> = lengths.iter().flatten().map(usize::to_string).collect();
    let (last, others) = numbers.split_last().expect("a dataset has parts");
    format!(
        "the parts of a dataset differ in how many examples they hold: {} and {last}\n  help: give every part one entry for each example, along its first axis",
        others.join(", ")
    )
}

impl<D: Dataset + 'static> Batches<D> {
    /// Batches of `size` examples in their order; the last of an epoch has what is left.
    ///
    /// # Errors
    /// E-BATCH-SIZE for a size of 0; E-DATASET-EMPTY without examples; E-DATASET-LENGTHS if the parts of a tuple differ in number.
    pub fn new(dataset: D, size: usize) -> Result<Batches<D>> {
        let refused = |code, text: &str| Err(Error::new(Status::InvalidArgument, code, text));
        let Some(examples) = dataset.examples() else {
            return refused("E-DATASET-LENGTHS", &disagreement(&dataset.lengths()));
        };
        if examples == 0 {
            return refused("E-DATASET-EMPTY", "a dataset has no examples\n  help: look at what it is made from");
        }
        if size == 0 {
            return refused("E-BATCH-SIZE", "a batch holds no examples\n  help: ask for batches of at least one");
        }
        let plan = Plan { dataset: Arc::new(dataset), examples, size, seed: None, drop_remainder: false };
        Ok(Batches { plan, position: Position::default(), order: None, ahead: 0, worker: None })
    }

    /// The same in an order that the seed decides, another in each epoch.
    pub fn shuffled(mut self, seed: u64) -> Self {
        self.plan.seed = Some(seed);
        self.restart();
        self
    }

    /// The same without the last batch of an epoch where that would be smaller than the others (one smaller dataset stays one batch).
    pub fn drop_remainder(mut self) -> Self {
        self.plan.drop_remainder = true;
        self.restart();
        self
    }

    /// The same with so many batches made ahead by a thread.
    pub fn prefetched(mut self, batches: usize) -> Self {
        self.ahead = batches;
        self.restart();
        self
    }

    /// The number of batches in an epoch.
    pub fn per_epoch(&self) -> u64 {
        self.plan.per_epoch()
    }

    /// How many examples the next batch has.
    pub fn next_size(&self) -> usize {
        let from = self.position.batch as usize * self.plan.size;
        self.plan.size.min(self.plan.examples.saturating_sub(from))
    }

    /// What the order of the batches follows from: examples, size, seed, and whether a remainder is dropped.
    pub(crate) fn followed_from(&self) -> (usize, usize, Option<u64>, bool) {
        (self.plan.examples, self.plan.size, self.plan.seed, self.plan.drop_remainder)
    }

    /// Some examples that stand for the dataset, each by itself.
    pub(crate) fn samples(&self) -> Result<[D::Batch; 3]> {
        let (dataset, last) = (&self.plan.dataset, self.plan.examples - 1);
        Ok([dataset.gather(&[0])?, dataset.gather(&[last / 2])?, dataset.gather(&[last])?])
    }

    /// Which batch comes next.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Goes on from another position: beyond the end of an epoch, from the beginning of the next one.
    pub fn seek(&mut self, position: Position) {
        self.position = position;
        if position.batch >= self.per_epoch() {
            self.position = Position { epoch: position.epoch + 1, batch: 0 };
        }
        self.restart();
    }

    /// The next batch.
    ///
    /// # Errors
    /// E-DATASET-SHAPES for examples that cannot be one array, E-DATASET-EXAMPLE for one that cannot be made: then the position stays.
    pub fn next_batch(&mut self) -> Result<D::Batch> {
        if self.ahead == 0 {
            return self.plan.advance(&mut self.position, &mut self.order);
        }
        let worker = self.worker.get_or_insert_with(|| {
            let (sender, receiver) = sync_channel(self.ahead - 1);
            let (plan, mut position) = (self.plan.clone(), self.position);
            std::thread::spawn(move || {
                let mut order = None;
                loop {
                    let batch = plan.advance(&mut position, &mut order);
                    // Ends when nobody wants more, or nothing can be made.
                    let ends = batch.is_err();
                    if sender.send(batch).is_err() || ends {
                        break;
                    }
                }
            });
            receiver
        });
        match worker.recv() {
            Ok(batch) => {
                match &batch {
                    Ok(_) => self.position = self.plan.after(self.position),
                    Err(_) => self.worker = None,
                }
                batch
            }
            // The thread ended in a panic of the dataset's: made here, the batch panics where the caller sees it.
            Err(_) => self.plan.advance(&mut self.position, &mut self.order),
        }
    }

    /// The batches that are left of the epoch. A batch that cannot be made is the last.
    pub fn epoch(&mut self) -> impl Iterator<Item = Result<D::Batch>> + '_ {
        let (epoch, mut failed) = (self.position.epoch, false);
        std::iter::from_fn(move || {
            let batch = (self.position.epoch == epoch && !failed).then(|| self.next_batch())?;
            failed = batch.is_err();
            Some(batch)
        })
    }

    /// What was made ahead is of no use after a change.
    fn restart(&mut self) {
        self.order = None;
        self.worker = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Examples;
    use ndarray::{Array1, Array2};

    fn seen(batches: &mut Batches<Array1<i32>>, count: usize) -> Vec<Vec<i32>> {
        (0..count).map(|_| batches.next_batch().unwrap().to_vec()).collect()
    }

    fn numbers() -> Array1<i32> {
        Array1::from_iter(0..10)
    }

    #[test]
    fn an_epoch_holds_every_example_once() {
        let mut batches = Batches::new(numbers(), 4).unwrap();
        assert_eq!(
            batches.epoch().map(|batch| batch.unwrap().to_vec()).collect::<Vec<_>>(),
            [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]
        );
        let mut shuffled = Batches::new(numbers(), 4).unwrap().shuffled(3);
        for _ in 0..3 {
            let mut all: Vec<i32> = shuffled.epoch().flat_map(|batch| batch.unwrap().to_vec()).collect();
            assert_ne!(all, numbers().to_vec());
            all.sort_unstable();
            assert_eq!(all, numbers().to_vec());
        }
        assert_eq!(shuffled.position(), Position { epoch: 3, batch: 0 });
    }

    #[test]
    fn the_remainder_is_dropped_when_asked() {
        let mut batches = Batches::new(numbers(), 4).unwrap().drop_remainder();
        assert_eq!(batches.per_epoch(), 2);
        assert!(seen(&mut batches, 5).iter().all(|batch| batch.len() == 4));
        assert_eq!(Batches::new(numbers(), 64).unwrap().drop_remainder().next_batch().unwrap().len(), 10);
    }

    #[test]
    fn any_position_is_reached_at_once_and_ahead_of_time() {
        for ahead in [0, 1, 3] {
            let new = || Batches::new(numbers(), 3).unwrap().shuffled(5).prefetched(ahead);
            let mut first = new();
            seen(&mut first, 6);
            let position = first.position();
            assert_eq!(position, Position { epoch: 1, batch: 2 });
            let rest = seen(&mut first, 9);
            let mut resumed = new();
            seen(&mut resumed, 1);
            resumed.seek(position);
            assert_eq!(seen(&mut resumed, 9), rest);
            assert_eq!(resumed.position(), first.position());
        }
    }

    #[test]
    fn datasets_that_cannot_be_batched() {
        let code = |result: Result<Batches<(Array1<i32>, Array2<f32>)>>| result.unwrap_err().code();
        let error = Batches::new((numbers(), (Array2::<f32>::zeros((9, 2)), numbers())), 2).unwrap_err();
        assert_eq!(error.code(), "E-DATASET-LENGTHS");
        assert_eq!(error.mistake(), "the parts of a dataset differ in how many examples they hold: 10, 9 and 10");
        let number = ndarray::ArrayD::<f32>::zeros(ndarray::IxDyn(&[]));
        let error = Batches::new((numbers(), number), 2).unwrap_err();
        assert_eq!(error.mistake(), "part 1 of a dataset, counted from 0, has no axis that counts examples");
        assert_eq!(code(Batches::new((Array1::zeros(0), Array2::zeros((0, 2))), 2)), "E-DATASET-EMPTY");
        assert_eq!(code(Batches::new((numbers(), Array2::zeros((10, 2))), 0)), "E-BATCH-SIZE");
    }

    #[test]
    #[should_panic(expected = "example 4 cannot be read")]
    fn a_panic_of_a_dataset_reaches_the_caller() {
        let failing = Examples::new(8, |i| if i == 4 { panic!("example 4 cannot be read") } else { i as f32 });
        let mut batches = Batches::new(failing, 2).unwrap().prefetched(2);
        for _ in 0..4 {
            batches.next_batch().unwrap();
        }
    }

    #[test]
    fn a_batch_that_cannot_be_made_is_an_error_where_it_comes() {
        for ahead in [0, 1, 3] {
            let shapes = Examples::new(8, |i| Array1::<f32>::zeros(if i == 5 { 2 } else { 3 }));
            let mut batches = Batches::new(shapes, 2).unwrap().prefetched(ahead);
            let made: Vec<_> = batches.epoch().map(|batch| batch.map_err(|error| error.code())).collect();
            assert_eq!(made.iter().map(|batch| batch.is_ok()).collect::<Vec<_>>(), [true, true, false]);
            assert_eq!(made[2], Err("E-DATASET-SHAPES"));
            // It stays where it is, and is an error again.
            assert_eq!(batches.position(), Position { epoch: 0, batch: 2 });
            assert_eq!(batches.next_batch().unwrap_err().code(), "E-DATASET-SHAPES");
            batches.seek(Position { epoch: 0, batch: 3 });
            assert_eq!(batches.next_batch().unwrap().dim(), (2, 3));
        }
    }
}
