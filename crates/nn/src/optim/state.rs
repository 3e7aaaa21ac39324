//! What is saved of an optimizer: the options of its groups, and what it keeps for each parameter.

use deltarule_autograd::call_site::fail;
use deltarule_tensor::{Float, TensorOf};

use super::group::{Group, Grouped};
use super::rule::not_negative;
use super::{Field, Kept, Rule};
use crate::load::Fitting;
use crate::{AnyTensor, LoadError, SavedState, StateDict, Stateful};

/// What an optimizer consists of besides its parameters.
struct Contents<R, const N: usize, E> {
    options: R,
    initial_lr: Option<f64>,
    members: Vec<(u64, [Kept<E>; N])>,
}

/// Entries are named as PyTorch's are: `param_groups.0.lr`, `state.3.step`, `state.3.exp_avg`. Parameters are numbered
/// over all groups. What isn't kept yet has no elements.
impl<R: Rule<N, E>, const N: usize, E: Float> Stateful for Grouped<R, N, E> {
    fn state_dict(&self) -> SavedState {
        let mut dict = StateDict::new();
        for (index, group) in self.groups.iter().enumerate() {
            let (mut options, mut initial_lr) = (group.options.clone(), group.initial_lr);
            each_field::<R, N, E>(&mut options, &mut initial_lr, &mut |name, field| {
                dict.push(option_name(index, name), field.get());
            });
        }
        for (index, member) in self.groups.iter().flat_map(|group| &group.members).enumerate() {
            let mut step = member.step;
            dict.push(state_name(index, "step"), Field::Count(&mut step).get());
            for (name, kept) in R::KEPT.into_iter().zip(&member.kept) {
                dict.push(state_name(index, name), kept.get(member.parameter.shape()));
            }
        }
        SavedState { kind: R::NAME.to_owned(), values: dict }
    }

    fn check_state_dict(&self, saved: &SavedState) -> Result<(), LoadError> {
        self.read(saved).map(drop)
    }

    fn load_state_dict(&mut self, saved: &SavedState) -> Result<(), LoadError> {
        let read = self.read(saved)?;
        for (group, contents) in self.groups.iter_mut().zip(read) {
            (group.options, group.initial_lr) = (contents.options, contents.initial_lr);
            for (member, (step, kept)) in group.members.iter_mut().zip(contents.members) {
                (member.step, member.kept) = (step, kept);
            }
        }
        Ok(())
    }
}

impl<R: Rule<N, E>, const N: usize, E: Float> Grouped<R, N, E> {
    /// What `saved` says that the groups consist of.
    fn read(&self, saved: &SavedState) -> Result<Vec<Contents<R, N, E>>, LoadError> {
        let mut fitting = Fitting::of_kind(R::NAME, saved)?;
        let mut contents = Vec::with_capacity(self.groups.len());
        for (index, group) in self.groups.iter().enumerate() {
            let (mut options, mut initial_lr) = (group.options.clone(), group.initial_lr);
            each_field::<R, N, E>(&mut options, &mut initial_lr, &mut |name, field| {
                fitting.field(&option_name(index, name), field)
            });
            let initial = initial_lr.map_or(Ok(()), |lr| not_negative("initial_lr", lr));
            if let Err(wrong) = initial.and_then(|()| options.check()).and_then(|()| options.check_together()) {
                fitting.invalid(format!("param_groups.{index}: {wrong}"));
            }
            contents.push(Contents { options, initial_lr, members: Vec::with_capacity(group.members.len()) });
        }
        let mut index = 0;
        for (contents, Group { members, .. }) in contents.iter_mut().zip(&self.groups) {
            for member in members {
                let shape = member.parameter.shape();
                let mut step = 0;
                fitting.field(&state_name(index, "step"), Field::Count(&mut step));
                let kept = R::KEPT.map(|name| {
                    let own = (E::DTYPE, shape.to_vec());
                    let fits = |dtype, found: &[usize]| dtype == E::DTYPE && (found == shape || found == [0]);
                    fitting.entry(&state_name(index, name), own, fits).map(Kept::put).unwrap_or_default()
                });
                contents.members.push((step, kept));
                index += 1;
            }
        }
        fitting.finish()?;
        Ok(contents)
    }
}

fn option_name(group: usize, name: &str) -> String {
    format!("param_groups.{group}.{name}")
}

fn state_name(parameter: usize, name: &str) -> String {
    format!("state.{parameter}.{name}")
}

/// Lists the options, and the learning rate that schedules start from.
fn each_field<R: Rule<N, E>, const N: usize, E: Float>(
    options: &mut R,
    initial_lr: &mut Option<f64>,
    each: &mut dyn FnMut(&'static str, Field<'_>),
) {
    options.fields(each);
    each("initial_lr", Field::Maybe(initial_lr));
}

impl<E: Float> Kept<E> {
    fn get(&self, shape: &[usize]) -> AnyTensor {
        let Kept(Some(values)) = self else {
            return TensorOf::<E>::zeros([0]).into();
        };
        match TensorOf::from_slice(values, shape) {
            Ok(tensor) => tensor.into(),
            // A rule asked for another length than the parameter's.
            Err(wrong) => fail("state_dict", wrong),
        }
    }

    /// A tensor without elements means that there is none yet.
    fn put(value: &AnyTensor) -> Self {
        let values = TensorOf::<E>::try_from(value.clone()).ok().filter(|tensor| tensor.numel() > 0);
        Kept(values.map(|tensor| tensor.to_vec()))
    }
}
