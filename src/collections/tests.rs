//! Held against std's maps, sets and sorts.

use super::{BTreeMap, BTreeSet, sort, sort_by_key};
use proptest::prelude::*;
use std::collections;

proptest! {
    #[test]
    fn a_map_is_as_stds(steps in proptest::collection::vec((0u8..5, 0u16..400), 0..1500), ranges in any::<[(u16, u16); 4]>()) {
        let (mut ours, mut stds) = (BTreeMap::new(), collections::BTreeMap::new());
        for (i, (what, key)) in steps.into_iter().enumerate() {
            match what {
                0 => prop_assert_eq!(ours.remove(&key), stds.remove(&key)),
                1 => prop_assert_eq!(ours.pop_first(), stds.pop_first()),
                2 => *ours.entry(key).or_default() += i,
                _ => prop_assert_eq!(ours.insert(key, i), stds.insert(key, i)),
            }
            if what == 2 {
                *stds.entry(key).or_default() += i;
            }
            prop_assert_eq!(ours.get(&key), stds.get(&key));
            prop_assert_eq!(ours.get_by(|k| k.cmp(&key)), stds.get(&key));
        }
        prop_assert_eq!(ours.len(), stds.len());
        prop_assert!(ours.iter().eq(stds.iter()));
        prop_assert!(ours.iter().rev().eq(stds.iter().rev()));
        prop_assert_eq!(ours.last_key_value(), stds.last_key_value());
        for (a, b) in ranges.map(|(a, b)| (a.min(b) % 420, a.max(b) % 420)) {
            let (a, b) = (a.min(b), a.max(b));
            prop_assert!(ours.range(a..b).eq(stds.range(a..b)));
            prop_assert!(ours.range(a..=b).rev().eq(stds.range(a..=b).rev()));
            prop_assert!(ours.range(a..).eq(stds.range(a..)));
        }
        ours.retain(|k, v| (usize::from(*k) + *v) % 3 == 0);
        stds.retain(|k, v| (usize::from(*k) + *v) % 3 == 0);
        prop_assert!(ours.clone().into_iter().eq(stds.clone()));
        prop_assert_eq!(ours.clone(), stds.into_iter().collect::<BTreeMap<_, _>>());
    }

    #[test]
    fn a_set_is_as_stds(items in proptest::collection::vec(0u16..200, 0..300)) {
        let ours: BTreeSet<u16> = items.iter().copied().collect();
        let stds: collections::BTreeSet<u16> = items.iter().copied().collect();
        prop_assert!(ours.iter().eq(&stds));
        prop_assert!(ours.clone().into_iter().eq(stds));
    }

    #[test]
    fn sorting_is_stable(keys in proptest::collection::vec(0u8..20, 0..200)) {
        let mut ours: Vec<(u8, usize)> = keys.into_iter().enumerate().map(|(i, k)| (k, i)).collect();
        let mut stds = ours.clone();
        sort_by_key(&mut ours, |(key, _)| *key);
        stds.sort_by_key(|(key, _)| *key);
        prop_assert_eq!(&ours, &stds);
        ours.reverse();
        sort(&mut ours);
        prop_assert_eq!(ours, stds);
    }
}
