//! What the numbers of an optimizer can be: others would spoil every variable at the first step, without a word.

use super::methods::{LearningRate, Method};
use crate::error::{Error, Status};
use tf_kernels::optimizers::UpdateRule;

/// What a number has to be, and in which words.
#[derive(Clone, Copy)]
enum Demand {
    /// As the part of something that stays.
    Part,
    /// The same, where all of it would leave nothing to divide by.
    LessThanAll,
    NotNegative,
    Positive,
    NotPositive,
}

impl Demand {
    fn is_met(self, number: f64) -> bool {
        number.is_finite()
            && match self {
                Demand::Part => (0.0..=1.0).contains(&number),
                Demand::LessThanAll => (0.0..1.0).contains(&number),
                Demand::NotNegative => number >= 0.0,
                Demand::Positive => number > 0.0,
                Demand::NotPositive => number <= 0.0,
            }
    }

    const fn help(self) -> &'static str {
        match self {
            Demand::Part => "give a number from 0.0 to 1.0, such as 0.9",
            Demand::LessThanAll => "give a number from 0.0 up to, but not, 1.0, such as 0.9",
            Demand::NotNegative => "give a number of 0.0 or more",
            Demand::Positive => "give a number above 0.0, such as 0.1",
            Demand::NotPositive => "give a number of 0.0 or less, such as -0.5",
        }
    }
}

/// What is wrong with the numbers of an optimizer, its rate first.
pub(super) fn misfits(method: &Method) -> Vec<Error> {
    let rate = match method.rate {
        LearningRate::Constant(rate) if !Demand::NotNegative.is_met(rate) => Some(wrong_rate(method, rate)),
        _ => None,
    };
    let wrong = |(argument, number, demand): (&str, f64, Demand)| {
        (!demand.is_met(number)).then(|| wrong_number(method.name, argument, number, demand))
    };
    rate.into_iter().chain(numbers(method).into_iter().filter_map(wrong)).collect()
}

/// The arguments of an optimizer, by the names of its methods.
fn numbers(method: &Method) -> Vec<(&'static str, f64, Demand)> {
    use Demand::{LessThanAll, NotNegative, NotPositive, Part, Positive};
    match method.rule {
        UpdateRule::GradientDescent { .. } => vec![],
        UpdateRule::Momentum { momentum, .. } => vec![("momentum", momentum, Part)],
        UpdateRule::Adagrad { .. } => vec![("initial_accumulator", method.slots[0].initial, Positive)],
        UpdateRule::Adadelta { rho, epsilon, .. } => vec![("rho", rho, Part), ("epsilon", epsilon, NotNegative)],
        UpdateRule::RmsProp { decay, momentum, epsilon, .. }
        | UpdateRule::CenteredRmsProp { decay, momentum, epsilon, .. } => {
            vec![("decay", decay, Part), ("momentum", momentum, Part), ("epsilon", epsilon, NotNegative)]
        }
        UpdateRule::Adam { beta1, beta2, epsilon, decay, .. } => vec![
            ("beta1", beta1, LessThanAll),
            ("beta2", beta2, LessThanAll),
            ("epsilon", epsilon, NotNegative),
            ("weight_decay", decay, NotNegative),
        ],
        UpdateRule::Ftrl { lr_power, l1, l2, l2_shrinkage, .. } => vec![
            ("learning_rate_power", lr_power, NotPositive),
            ("l1", l1, NotNegative),
            ("l2", l2, NotNegative),
            ("l2_shrinkage", l2_shrinkage, NotNegative),
            ("initial_accumulator", method.slots[0].initial, NotNegative),
        ],
    }
}

fn wrong_rate(method: &Method, rate: f64) -> Error {
    let name = method.name;
    let text = format!(
        "the learning rate of `{name}` is {rate}\n  help: give a number of 0.0 or more, such as 0.001; to make an output larger, minimize its negative"
    );
    Error::new(Status::InvalidArgument, "E-LEARNING-RATE", text)
}

fn wrong_number(of: &str, argument: &str, number: f64, demand: Demand) -> Error {
    let text = format!("`{argument}` of `{of}` is {number}\n  help: {}", demand.help());
    Error::new(Status::InvalidArgument, "E-HYPERPARAMETER", text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Adadelta, Adagrad, Adam, Ftrl, GradientDescent, Momentum, Optimizer, RmsProp};

    fn says(optimizer: impl Optimizer) -> Vec<String> {
        misfits(optimizer.method()).iter().map(|error| format!("{} {}", error.mistake(), error.code())).collect()
    }

    #[test]
    fn rates_are_numbers_from_zero_on() {
        for (rate, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (-0.1, "-0.1")] {
            assert_eq!(says(Adam::new(rate)), [format!("the learning rate of `Adam` is {shown} E-LEARNING-RATE")]);
        }
        assert!(says(GradientDescent::new(0.0)).is_empty() && says(GradientDescent::new(1e9)).is_empty());
    }

    #[test]
    fn every_argument_is_looked_at() {
        let wrong: [(Vec<String>, &str); 9] = [
            (says(Momentum::new(0.1, 1.5)), "momentum"),
            (says(Adagrad::new(0.1).initial_accumulator(0.0)), "initial_accumulator"),
            (says(Adadelta::new(1.0).rho(-0.5)), "rho"),
            (says(RmsProp::new(0.1).decay(f64::NAN)), "decay"),
            (says(RmsProp::new(0.1).momentum(2.0).centered()), "momentum"),
            (says(Adam::new(0.1).beta2(1.0)), "beta2"),
            (says(Adam::with_weight_decay(0.1, -1.0)), "weight_decay"),
            (says(Ftrl::new(0.1).learning_rate_power(0.5)), "learning_rate_power"),
            (says(Ftrl::new(0.1).l2_shrinkage(f64::INFINITY)), "l2_shrinkage"),
        ];
        for (said, argument) in wrong {
            assert!(
                matches!(&said[..], [one] if one.starts_with(&format!("`{argument}` of `")) && one.ends_with("E-HYPERPARAMETER")),
                "{argument}: {said:?}"
            );
        }
        assert_eq!(says(Adam::new(-1.0).beta1(1.0).epsilon(-1.0)).len(), 3);
        assert!(says(Momentum::new(0.1, 1.0)).is_empty() && says(Adam::new(0.1).epsilon(0.0).beta1(0.0)).is_empty());
    }
}
