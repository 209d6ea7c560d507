//! Sets of classes.

/// A set of small numbers below a fixed length. Two sets that are combined must have the same length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bits {
    words: Vec<u64>,
    length: usize,
}

impl Bits {
    /// No number below `length`.
    pub(crate) fn none(length: usize) -> Self {
        Bits { words: vec![0; length.div_ceil(64)], length }
    }

    /// Every number below `length`.
    pub(crate) fn all(length: usize) -> Self {
        Bits::none(length).complement()
    }

    /// Adds a number.
    pub(crate) fn insert(&mut self, index: usize) {
        if let Some(word) = self.words.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Whether the number is a member.
    pub(crate) fn contains(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Whether there is no member.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether every number below the length is a member.
    pub(crate) fn is_full(&self) -> bool {
        *self == Bits::all(self.length)
    }

    /// The numbers below the length that are not members.
    pub(crate) fn complement(&self) -> Self {
        let mut words: Vec<u64> = self.words.iter().map(|word| !word).collect();
        if let (Some(last), used @ 1..) = (words.last_mut(), self.length % 64) {
            *last &= (1 << used) - 1;
        }
        Bits { words, length: self.length }
    }

    /// The common members.
    pub(crate) fn and(&self, other: &Bits) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// The members of either.
    pub(crate) fn or(&self, other: &Bits) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// The members, ascending.
    pub(crate) fn members(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(index * 64 + bit)
            })
        })
    }

    fn zip(&self, other: &Bits, combine: impl Fn(u64, u64) -> u64) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| combine(*a, *b)).collect();
        Bits { words, length: self.length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(length: usize, member: impl Fn(usize) -> bool) -> Bits {
        let mut bits = Bits::none(length);
        (0..length).filter(|&index| member(index)).for_each(|index| bits.insert(index));
        bits
    }

    #[test]
    fn operations_are_those_of_sets() {
        for length in [0, 1, 63, 64, 65, 130] {
            let even = filled(length, |i| i % 2 == 0);
            let third = filled(length, |i| i % 3 == 0);
            assert_eq!(even.and(&third), filled(length, |i| i % 6 == 0));
            assert_eq!(even.or(&third), filled(length, |i| i % 2 == 0 || i % 3 == 0));
            assert_eq!(even.complement(), filled(length, |i| i % 2 == 1));
            assert_eq!(third.members().collect::<Vec<_>>(), (0..length).step_by(3).collect::<Vec<_>>());
            assert!(Bits::all(length).is_full() && Bits::none(length).is_empty());
            assert_eq!(Bits::all(length).members().count(), length);
        }
    }

    #[test]
    fn a_set_is_full_only_with_every_member() {
        let almost = filled(70, |i| i != 69);
        assert!(!almost.is_full() && almost.contains(68) && !almost.contains(69));
    }
}
