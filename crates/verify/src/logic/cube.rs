//! Cubes over sets of classes.

use std::collections::BTreeMap;

use super::Terminal;
use super::bits::Bits;

/// The index of a set among those of its axis.
pub(super) type SetId = u32;

/// One condition: the class on this axis lies in this set. Sets are neither empty nor full.
pub(super) type Condition = (usize, SetId);

/// A conjunction with at most one condition for each axis, ascending by axis, and the answer where all hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SetCube {
    pub(super) conditions: Vec<Condition>,
    pub(super) terminal: Terminal,
}

/// A list of cubes of which the first that holds decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SetList {
    pub(super) cubes: Vec<SetCube>,
    pub(super) default: Terminal,
}

/// The sets that occur on one axis, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    sets: Vec<Set>,
    ids: BTreeMap<Bits, SetId>,
}

/// A set with a short description.
#[derive(Clone, Debug)]
pub(super) struct Set {
    /// Its members.
    pub(super) bits: Bits,
    /// Its members or, if those are most classes, the others.
    pub(super) exceptions: Vec<usize>,
}

/// A set seen as a condition.
pub(super) enum Restriction {
    /// Nothing satisfies it.
    Never,
    /// Everything does.
    Always,
    /// Some do.
    Some(SetId),
}

impl Sets {
    /// The place of a set, which is added if it is new.
    pub(super) fn restrict(&mut self, bits: Bits) -> Restriction {
        if bits.is_empty() {
            return Restriction::Never;
        }
        if bits.is_full() {
            return Restriction::Always;
        }
        if let Some(&id) = self.ids.get(&bits) {
            return Restriction::Some(id);
        }
        let id = SetId::try_from(self.sets.len()).unwrap_or(SetId::MAX);
        self.ids.insert(bits.clone(), id);
        self.sets.push(Set::new(bits));
        Restriction::Some(id)
    }

    /// The set with this index.
    pub(super) fn get(&self, id: SetId) -> Option<&Set> {
        self.sets.get(id as usize)
    }
}

impl Set {
    fn new(bits: Bits) -> Self {
        let inside: Vec<_> = bits.members().collect();
        let outside: Vec<_> = bits.complement().members().collect();
        let exceptions = if outside.len() < inside.len() { outside } else { inside };
        Set { bits, exceptions }
    }
}
