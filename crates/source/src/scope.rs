//! Lexical scopes and the binding of names to them.
//!
//! Scopes are numbered in preorder, so "contains" is a comparison of two numbers with an
//! interval, and all uses of one name are bound in one sweep: O(d log d + u log u) for d
//! declarations and u uses, however deep the nesting.

use crate::position::Position;

/// A scope of one file; numbers are in preorder, 0 is the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ScopeId(u32);

impl ScopeId {
    pub(crate) const FILE: Self = Self(0);
}

/// What `this` may be: a class, an object literal or a constructor function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OwnerId(pub(crate) u32);

/// How a scope treats `var` and `this`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// Holds `let`, `const`, `class`; lets `var` through.
    Block,
    /// Holds `var` too: the file, a function, a static block, a namespace.
    Variables,
}

#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) parent: ScopeId,
    pub(crate) kind: ScopeKind,
    /// What `this` is directly inside; `None`: not known.
    pub(crate) this: Option<OwnerId>,
    /// In a constructor, where an assignment to a property initialises it.
    pub(crate) in_constructor: bool,
    pub(crate) start: Position,
    pub(crate) end: Position,
    depth: u32,
    last_inside: ScopeId,
}

/// All scopes of a file.
#[derive(Debug)]
pub(crate) struct Scopes(Vec<Scope>);

impl Scopes {
    /// The scope of a file that ends at `end`, alone.
    pub(crate) fn new(end: Position) -> Self {
        Self(vec![Scope {
            parent: ScopeId::FILE,
            kind: ScopeKind::Variables,
            this: None,
            in_constructor: false,
            start: Position::default(),
            end,
            depth: 0,
            last_inside: ScopeId::FILE,
        }])
    }

    pub(crate) fn get(&self, id: ScopeId) -> &Scope {
        &self.0[id.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.0[id.0 as usize]
    }

    /// Opens a scope inside `parent`, which must be the innermost open one. `this` is the
    /// parent's until set.
    pub(crate) fn open(
        &mut self,
        parent: ScopeId,
        kind: ScopeKind,
        start: Position,
        end: Position,
    ) -> ScopeId {
        let outer = self.get(parent);
        // A scope takes at least a byte of a text shorter than 2^31 bytes.
        let id = ScopeId(self.0.len() as u32);
        let scope = Scope {
            parent,
            kind,
            this: outer.this,
            in_constructor: kind == ScopeKind::Block && outer.in_constructor,
            start,
            end,
            depth: outer.depth + 1,
            last_inside: id,
        };
        self.0.push(scope);
        id
    }

    /// Closes a scope; those opened since then were inside it.
    pub(crate) fn close(&mut self, id: ScopeId) {
        self.0[id.0 as usize].last_inside = ScopeId(self.0.len() as u32 - 1);
    }

    /// The scope that a `var` in `scope` belongs to.
    pub(crate) fn variables(&self, mut scope: ScopeId) -> ScopeId {
        while self.get(scope).kind == ScopeKind::Block {
            scope = self.get(scope).parent;
        }
        scope
    }

    fn contains(&self, outer: ScopeId, inner: ScopeId) -> bool {
        outer <= inner && inner <= self.get(outer).last_inside
    }

    /// Whether functions at all of `positions` have this scope around them. A function's own
    /// scope starts at its position and is not around it.
    fn encloses(&self, id: ScopeId, positions: &[Position]) -> bool {
        let scope = self.get(id);
        let inside = |p: &Position| scope.start < *p && *p < scope.end;
        id == ScopeId::FILE || positions.iter().all(inside)
    }

    /// Of the scopes that declare a name, the one that functions at `positions` see: the
    /// innermost around all of them, or else the outermost if there is only one such.
    pub(crate) fn choose(&self, declaring: &[ScopeId], positions: &[Position]) -> Option<ScopeId> {
        if !positions.is_empty() {
            // Those around one position are nested, so the last is the innermost.
            let around = declaring
                .iter()
                .filter(|&&id| self.encloses(id, positions))
                .max();
            if around.is_some() {
                return around.copied();
            }
        }
        let depth = declaring.iter().map(|&id| self.get(id).depth).min()?;
        let mut outermost = declaring.iter().filter(|&&id| self.get(id).depth == depth);
        let first = outermost.next()?;
        outermost.all(|id| id == first).then_some(*first)
    }

    /// Which of the `uses` (the scopes they stand in) are bound to `chosen`, when each scope of
    /// `declaring` declares the name. Both must be sorted.
    pub(crate) fn bound(
        &self,
        uses: &[ScopeId],
        declaring: &[ScopeId],
        chosen: ScopeId,
    ) -> Vec<bool> {
        let mut around: Vec<ScopeId> = Vec::new();
        let mut pending = declaring.iter().copied().peekable();
        uses.iter()
            .map(|&site| {
                while let Some(scope) = pending.next_if(|&scope| scope <= site) {
                    while around
                        .pop_if(|outer| !self.contains(*outer, scope))
                        .is_some()
                    {}
                    around.push(scope);
                }
                while around
                    .pop_if(|outer| !self.contains(*outer, site))
                    .is_some()
                {}
                around.last() == Some(&chosen)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(column: u32) -> Position {
        Position { line: 0, column }
    }

    /// A small generator (xorshift64*), so that a failure can be repeated from its seed.
    fn next(state: &mut u64) -> u64 {
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
    }

    fn random_scopes(state: &mut u64) -> Scopes {
        let mut scopes = Scopes::new(at(u32::MAX));
        let mut open = vec![ScopeId::FILE];
        for i in 0..40 {
            while open.len() > 1 && next(state).is_multiple_of(3) {
                open.pop().into_iter().for_each(|id| scopes.close(id));
            }
            let parent = open[open.len() - 1];
            open.push(scopes.open(parent, ScopeKind::Block, at(i), at(1000)));
        }
        open.into_iter().rev().for_each(|id| scopes.close(id));
        scopes
    }

    /// The definition: walk up from the use until a scope declares the name.
    fn naive_binding(scopes: &Scopes, mut site: ScopeId, declaring: &[ScopeId]) -> Option<ScopeId> {
        loop {
            if declaring.contains(&site) {
                return Some(site);
            }
            if site == ScopeId::FILE {
                return None;
            }
            site = scopes.get(site).parent;
        }
    }

    #[test]
    fn the_sweep_binds_as_walking_up_the_scopes_does() {
        for seed in 1..200u64 {
            let mut state = seed;
            let scopes = random_scopes(&mut state);
            let ids = || (0..=40).map(ScopeId);
            let declaring: Vec<_> = ids()
                .filter(|_| next(&mut state).is_multiple_of(4))
                .collect();
            let uses: Vec<_> = ids().collect();
            for &chosen in &declaring {
                let swept = scopes.bound(&uses, &declaring, chosen);
                for (&site, bound) in uses.iter().zip(swept) {
                    let naive = naive_binding(&scopes, site, &declaring) == Some(chosen);
                    assert_eq!(
                        bound, naive,
                        "seed {seed}, {site:?} to {chosen:?}\n{scopes:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn two_outermost_scopes_are_no_choice_and_one_is() {
        let mut scopes = Scopes::new(at(100));
        for start in [10, 20] {
            let id = scopes.open(ScopeId::FILE, ScopeKind::Block, at(start), at(start + 5));
            scopes.close(id);
        }
        let [a, b] = [ScopeId(1), ScopeId(2)];
        assert_eq!(scopes.choose(&[a, b], &[]), None);
        assert_eq!(scopes.choose(&[a, b], &[at(50)]), None);
        assert_eq!(scopes.choose(&[a, b], &[at(22)]), Some(b));
        assert_eq!(scopes.choose(&[b], &[]), Some(b));
        assert_eq!(scopes.choose(&[], &[]), None);
    }
}
