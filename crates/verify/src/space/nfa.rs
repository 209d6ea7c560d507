//! All predicates on one text dimension as one non-deterministic automaton over characters.

mod build;

pub(crate) use build::Failure;

/// The index of a state.
pub(crate) type StateId = u32;

/// The index of the predicate that a state belongs to.
pub(crate) type Owner = u32;

/// The owner that stands for the strings which can occur at all.
pub(crate) const DOMAIN: Owner = Owner::MAX;

/// The states a dimension's automaton may have before the question counts as too large.
const MOST_STATES: usize = 1 << 21;

/// What a state does.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Reads one character of these inclusive ranges, then goes on.
    Read(Vec<(char, char)>, StateId),
    /// Goes on with each of these at once.
    Split(Vec<StateId>),
    /// Goes on at the start of the text.
    Start(StateId),
    /// Goes on at the end of the text.
    End(StateId),
    /// The owner is true of the text if it ends here.
    Accept,
    /// The owner is true of the text whatever follows.
    Sink,
}

/// The automaton.
#[derive(Debug, Default)]
pub(crate) struct Nfa {
    states: Vec<(Owner, State)>,
    starts: Vec<StateId>,
}

/// An automaton would have had too many states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Nfa {
    /// Where reading begins.
    pub(crate) fn starts(&self) -> &[StateId] {
        &self.starts
    }

    /// How many states there are.
    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// What a state does.
    pub(crate) fn state(&self, id: StateId) -> &State {
        self.states.get(id as usize).map_or(&State::Accept, |(_, state)| state)
    }

    /// The predicate that a state belongs to.
    pub(crate) fn owner(&self, id: StateId) -> Owner {
        self.states.get(id as usize).map_or(DOMAIN, |(owner, _)| *owner)
    }

    /// Adds a place where reading begins.
    pub(crate) fn add_start(&mut self, id: StateId) {
        self.starts.push(id);
    }

    /// Adds a state.
    pub(crate) fn add(&mut self, owner: Owner, state: State) -> Result<StateId, TooLarge> {
        if self.states.len() >= MOST_STATES {
            return Err(TooLarge);
        }
        let id = StateId::try_from(self.states.len()).map_err(|_| TooLarge)?;
        self.states.push((owner, state));
        Ok(id)
    }

    /// Lets a split state, added before its branches were known, go on with these.
    pub(crate) fn set_split(&mut self, id: StateId, branches: Vec<StateId>) {
        if let Some((_, state)) = self.states.get_mut(id as usize) {
            *state = State::Split(branches);
        }
    }
}
