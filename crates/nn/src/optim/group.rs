//! The walk over groups, parameters and gradients that all optimizers share.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::Float;

use super::{Kept, Optimizer, Rates, Rule, distinct};
use crate::ParameterOf;

/// An optimizer that applies a [`Rule`] to groups of parameters, each with options of its own. PyTorch: `param_groups`.
///
/// ```
/// use deltarule_nn::optim::Sgd;
/// use deltarule_nn::{Linear, Module};
///
/// let (body, head) = (Linear::new(8, 8), Linear::new(8, 1));
/// // torch.optim.SGD([{"params": body}, {"params": head, "lr": 1e-3}], lr=1e-2, momentum=0.9)
/// let optimizer = Sgd::new(body.parameters(), 1e-2)
///     .momentum(0.9)
///     .add_group(head.parameters(), |options| options.lr = 1e-3);
/// assert_eq!((optimizer.options(1).lr, optimizer.options(1).momentum), (1e-3, 0.9));
/// ```
#[derive(Debug)]
pub struct Grouped<R, const N: usize, E: Float = f32> {
    pub(super) groups: Vec<Group<R, N, E>>,
}

/// Parameters with the same options.
#[derive(Debug)]
pub(super) struct Group<R, const N: usize, E: Float> {
    pub(super) options: R,
    pub(super) initial_lr: Option<f64>,
    pub(super) members: Vec<Member<N, E>>,
}

/// A parameter, and what is kept for it.
#[derive(Debug)]
pub(super) struct Member<const N: usize, E: Float> {
    pub(super) parameter: ParameterOf<E>,
    /// How many steps it took.
    pub(super) step: u64,
    pub(super) kept: [Kept<E>; N],
}

impl<R: Rule<N, E>, const N: usize, E: Float> Grouped<R, N, E> {
    /// An optimizer with one group, by any rule. A parameter that is listed twice takes one step.
    ///
    /// # Panics
    /// If there are no parameters, or if an option is out of its range.
    #[track_caller]
    pub fn with_rule(parameters: impl IntoIterator<Item = ParameterOf<E>>, options: R) -> Self {
        let group = Group::new(parameters, options);
        if group.members.is_empty() {
            fail(R::NAME, "there are no parameters to learn. A model's are model.parameters(); some layers have none");
        }
        let optimizer = Grouped { groups: vec![group] };
        optimizer.check();
        optimizer
    }

    /// Adds a group of parameters: it has the options of the first group, changed by `change`. PyTorch:
    /// `add_param_group`.
    ///
    /// # Panics
    /// If a parameter belongs to another group already, or if an option is out of its range.
    #[track_caller]
    #[must_use]
    pub fn add_group(
        mut self,
        parameters: impl IntoIterator<Item = ParameterOf<E>>,
        change: impl FnOnce(&mut R),
    ) -> Self {
        let mut options = self.groups[0].options.clone();
        change(&mut options);
        let group = Group::new(parameters, options);
        let taken = self.parameters();
        for (index, member) in group.members.iter().enumerate() {
            if taken.iter().any(|parameter| parameter.is(&member.parameter)) {
                fail(R::NAME, format_args!("parameter {index} of the new group belongs to another group already"));
            }
        }
        self.groups.push(group);
        self.check();
        self
    }

    /// The parameters of all groups, each once.
    pub fn parameters(&self) -> Vec<ParameterOf<E>> {
        let members = self.groups.iter().flat_map(|group| &group.members);
        members.map(|member| member.parameter.clone()).collect()
    }

    /// The number of groups.
    pub fn num_groups(&self) -> usize {
        self.groups.len()
    }

    /// The options of a group.
    ///
    /// # Panics
    /// If there is no such group.
    #[track_caller]
    pub fn options(&self, group: usize) -> &R {
        self.check_group(group);
        &self.groups[group].options
    }

    /// The options of a group, to be changed; the next step checks them.
    ///
    /// # Panics
    /// If there is no such group.
    #[track_caller]
    pub fn options_mut(&mut self, group: usize) -> &mut R {
        self.check_group(group);
        &mut self.groups[group].options
    }

    /// Sets the learning rate of all groups.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN. Then the rates stay as they were.
    #[track_caller]
    pub fn set_lr(&mut self, lr: f64) {
        let mut changed: Vec<R> = self.groups.iter().map(|group| group.options.clone()).collect();
        for options in &mut changed {
            *options.rates(&mut None).lr = lr;
            check::<R, N, E>(options);
        }
        for (group, options) in self.groups.iter_mut().zip(changed) {
            group.options = options;
        }
    }

    /// Changes the options of all groups: what the builder methods do.
    #[track_caller]
    pub(super) fn with(mut self, change: impl Fn(&mut R)) -> Self {
        self.groups.iter_mut().for_each(|group| change(&mut group.options));
        self.check();
        self
    }

    #[track_caller]
    fn check_group(&self, group: usize) {
        let count = self.groups.len();
        if group >= count {
            fail(R::NAME, format_args!("there is no group {group}: groups go from 0 to {}", count - 1));
        }
    }

    #[track_caller]
    fn check(&self) {
        for group in &self.groups {
            check::<R, N, E>(&group.options);
        }
    }
}

#[track_caller]
fn check<R: Rule<N, E>, const N: usize, E: Float>(options: &R) {
    if let Err(wrong) = options.check() {
        fail(R::NAME, wrong);
    }
}

impl<R: Rule<N, E>, const N: usize, E: Float> Group<R, N, E> {
    fn new(parameters: impl IntoIterator<Item = ParameterOf<E>>, options: R) -> Self {
        let member = |parameter| Member { parameter, step: 0, kept: [const { Kept(None) }; N] };
        Group { options, initial_lr: None, members: distinct(parameters).map(member).collect() }
    }
}

impl<R: Rule<N, E>, const N: usize, E: Float> Optimizer for Grouped<R, N, E> {
    /// # Panics
    /// If an option is out of its range, or if options don't go together.
    #[track_caller]
    fn step(&mut self) {
        for Group { options, members, .. } in &mut self.groups {
            if let Err(wrong) = options.check().and_then(|()| options.check_together()) {
                fail(R::NAME, wrong);
            }
            for Member { parameter, step, kept } in members {
                parameter.step(|values, gradient| {
                    *step += 1;
                    options.step(*step, values, gradient, kept);
                });
            }
        }
    }

    fn rates(&mut self) -> Vec<Rates<'_>> {
        self.groups.iter_mut().map(|group| group.options.rates(&mut group.initial_lr)).collect()
    }

    fn zero_grad(&self) {
        for group in &self.groups {
            for member in &group.members {
                member.parameter.zero_grad();
            }
        }
    }
}
