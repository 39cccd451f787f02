//! A source file and what can be asked of it.

use crate::calls::{CallKind, CallRecord, CallSite, CallSubject};
use crate::error::SourceError;
use crate::function::{FunctionRecord, FunctionSite};
use crate::imports::{CalledName, is_of_module};
use crate::indexer::{self, Index, PropertyDeclaration, PropertyUse};
use crate::language::Language;
use crate::limits::{Deadline, Limits};
use crate::names::NameId;
use crate::position::Position;
use crate::scope::{OwnerId, ScopeId};
use crate::site_effect::Effect;
use crate::sites::{GrowthSite, MAX_SITES, Sites};
use crate::syntax_tree;

/// A parsed source file: an index of its scopes, names and sites, without its text.
#[derive(Debug)]
pub struct Source {
    index: Index,
    has_syntax_errors: bool,
}

impl Source {
    /// Reads a file within the default [`Limits`].
    ///
    /// A byte order mark is not counted in columns, as Node strips it before V8 sees the text.
    /// Syntax errors are no failure: the rest is read.
    ///
    /// # Errors
    /// When the file exceeds a limit.
    pub fn parse(text: &str, language: Language) -> Result<Self, SourceError> {
        Self::parse_within(text, language, &Limits::default())
    }

    /// Reads a file within the given limits.
    ///
    /// # Errors
    /// When the file exceeds a limit.
    pub fn parse_within(
        text: &str,
        language: Language,
        limits: &Limits,
    ) -> Result<Self, SourceError> {
        let deadline = Deadline::after(limits.max_time);
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        limits.admit(text)?;
        let tree = syntax_tree::parse(text, language, &deadline)?;
        let index = indexer::index(text, &tree, &deadline)?;
        Ok(Self {
            index,
            has_syntax_errors: tree.root_node().has_error(),
        })
    }

    /// Whether some of the file could not be read as its language. Answers about the rest hold,
    /// but a scope may be missing around them.
    #[must_use]
    pub fn has_syntax_errors(&self) -> bool {
        self.has_syntax_errors
    }

    /// Where a variable is declared, grows and shrinks.
    ///
    /// `inside` are positions (as V8 gives them) of functions that see the variable: the
    /// innermost scope around all of them that declares `name` is meant. If there is none, the
    /// outermost declaration is, if only one is outermost. For a name that the file uses but does
    /// not declare (a global), all uses are, without a declaration. `None` if there is nothing to
    /// tell, or no way to tell which variable is meant.
    #[must_use]
    pub fn variable_sites(&self, name: &str, inside: &[Position]) -> Option<Sites> {
        let name = self.index.names.find(name)?;
        let uses = named(&self.index.variable_uses, name, |site| site.name).iter();
        let uses = uses.map(|site| (site.scope, (site.position, site.effect)));
        let (chosen, mut own) = self.of_variable(name, inside, uses.collect())?;
        own.sort_by_key(|&(at, _)| at);
        let Some(chosen) = chosen else {
            return collect(None, true, own.into_iter());
        };
        let declaration = named(&self.index.bindings, name, |binding| binding.name)
            .iter()
            .filter(|binding| binding.scope == chosen)
            .min_by_key(|binding| !binding.initialised)?;
        collect(
            Some(declaration.position),
            declaration.initialised,
            own.into_iter(),
        )
    }

    /// Calls on a variable, and calls that it is passed to, the likeliest to make it grow first; the
    /// first 16. `inside` are positions of functions that see the variable; `grows` are the names of
    /// the properties by which it leads to what grows.
    #[must_use]
    pub fn variable_calls(&self, name: &str, inside: &[Position], grows: &[&str]) -> Vec<CallSite> {
        let Some(name) = self.index.names.find(name) else {
            return Vec::new();
        };
        let calls = named(&self.index.calls, name, |call| call.name).iter();
        let uses = calls.filter_map(|call| match call.subject {
            CallSubject::Variable(scope) => Some((scope, call)),
            CallSubject::Property(_) => None,
        });
        let own = self.of_variable(name, inside, uses.collect());
        self.likeliest(own.into_iter().flat_map(|(_, own)| own), grows)
    }

    /// The same for a property.
    #[must_use]
    pub fn property_calls(&self, name: &str, inside: &[Position], grows: &[&str]) -> Vec<CallSite> {
        let Some(name) = self.index.names.find(name) else {
            return Vec::new();
        };
        let declarations = named(&self.index.property_declarations, name, |declaration| {
            declaration.name
        });
        let owner = self.choose_owner(declarations, inside);
        let calls = named(&self.index.calls, name, |call| call.name).iter();
        let own = calls.filter(|call| match (call.subject, owner) {
            (CallSubject::Property(Some(of)), Some(Some(owner))) => of == owner,
            (CallSubject::Property(_), _) => true,
            (CallSubject::Variable(_), _) => false,
        });
        self.likeliest(own, grows)
    }

    /// Calls of what the file imports from a module (`session({ .. })`, `http.get(..)`, `new Pool()`),
    /// those in functions first; the first 16. `wanted` are the exports that are meant; empty: all.
    #[must_use]
    pub fn module_calls(&self, module: &str, wanted: &[&str]) -> Vec<CallSite> {
        let text = |id: NameId| self.index.names.text(id).unwrap_or_default();
        let imports = self.index.imports.iter();
        let meant = imports.filter(|import| is_of_module(text(import.module), module));
        let called = meant.flat_map(|import| {
            let calls = named(&self.index.called_names, import.name, |called| called.name).iter();
            let uses = calls.map(|called| (called.scope, called)).collect();
            let own = self.of_variable(import.name, &[], uses);
            let own = own.into_iter().flat_map(|(_, own)| own);
            own.filter(|called| {
                let export = import.exported.or(called.method).map(text);
                wanted.is_empty() || export.is_some_and(|export| wanted.contains(&export))
            })
        });
        let site = |called: &CalledName| CallSite {
            position: called.position,
            kind: match self.index.scopes.variables(called.scope) {
                ScopeId::FILE => CallKind::Once,
                _ => CallKind::Gives,
            },
            function: called.function,
        };
        let mut sites: Vec<CallSite> = called.map(site).collect();
        sites.sort_by_key(|site| (site.kind, site.position));
        sites.truncate(MAX_SITES);
        sites
    }

    fn likeliest<'c>(
        &self,
        calls: impl Iterator<Item = &'c CallRecord>,
        grows: &[&str],
    ) -> Vec<CallSite> {
        let mut sites: Vec<CallSite> = calls
            .map(|call| call.site(grows, &self.index.names))
            .collect();
        sites.sort_by_key(|site| (site.kind, site.position));
        sites.truncate(MAX_SITES);
        sites
    }

    /// Those uses of a name, each with the scope it stands in, that mean the variable which functions
    /// at `inside` see, and the scope that declares it. If the file doesn't, all do.
    fn of_variable<T>(
        &self,
        name: NameId,
        inside: &[Position],
        mut uses: Vec<(ScopeId, T)>,
    ) -> Option<(Option<ScopeId>, Vec<T>)> {
        let bindings = named(&self.index.bindings, name, |binding| binding.name);
        let mut declaring: Vec<ScopeId> = bindings.iter().map(|binding| binding.scope).collect();
        declaring.sort_unstable();
        declaring.dedup();
        if declaring.is_empty() {
            return Some((None, uses.into_iter().map(|(_, site)| site).collect()));
        }
        let chosen = self.index.scopes.choose(&declaring, inside)?;
        uses.sort_by_key(|&(scope, _)| scope);
        let scopes: Vec<ScopeId> = uses.iter().map(|&(scope, _)| scope).collect();
        let bound = self.index.scopes.bound(&scopes, &declaring, chosen);
        let own =
            (uses.into_iter().zip(bound)).filter_map(|((_, site), bound)| bound.then_some(site));
        Some((Some(chosen), own.collect()))
    }

    /// Where a property (`this.name`, `x.name`, a field, a key of an object literal) is declared,
    /// grows and shrinks. A private name is given with its `#`.
    ///
    /// `inside` are positions of functions of the object that holds it, such as its constructor:
    /// the innermost class, object literal or constructor function around all of them that
    /// declares `name` is meant. If there is none, the one that declares it is, if there is only
    /// one, or only one that makes a container of it. Uses through other objects than `this` are
    /// all counted, as their class is not known. `None` if there is nothing to tell, or no way to
    /// tell which property is meant.
    #[must_use]
    pub fn property_sites(&self, name: &str, inside: &[Position]) -> Option<Sites> {
        let name = self.index.names.find(name)?;
        let declarations = named(&self.index.property_declarations, name, |declaration| {
            declaration.name
        });
        let uses = named(&self.index.property_uses, name, |site| site.name);
        if declarations.is_empty() {
            return collect(
                None,
                true,
                uses.iter().map(|site| (site.position, site.effect)),
            );
        }
        let owner = self.choose_owner(declarations, inside)?;
        let declared = declarations
            .iter()
            .filter(|declaration| declaration.owner == owner)
            // The first of the best, as `max_by_key` would give the last.
            .min_by_key(|declaration| (!declaration.container, !declaration.initial))?
            .position;
        let mut others: Vec<OwnerId> = declarations.iter().filter_map(|d| d.owner).collect();
        others.sort_unstable();
        let of_owner = |site: &&PropertyUse| {
            let declares = |id| others.binary_search(&id).is_ok();
            site.owner == owner || !site.owner.is_some_and(declares)
        };
        let own = uses
            .iter()
            .filter(of_owner)
            .filter(|site| site.effect != Effect::Replaces || site.position != declared);
        collect(
            Some(declared),
            true,
            own.map(|site| (site.position, site.effect)),
        )
    }

    /// The innermost function or class at a position.
    #[must_use]
    pub fn function_at(&self, position: Position) -> Option<FunctionSite> {
        let around = |f: &&FunctionRecord| f.start <= position && position < f.end;
        // Of those around a position, the last in preorder is the innermost.
        let function = self.index.functions.iter().rev().find(around)?;
        Some(FunctionSite {
            name: function
                .name
                .and_then(|name| self.index.names.text(name))
                .map(str::to_owned),
            kind: function.kind,
            start: function.start,
            end: function.end,
        })
    }

    /// Whose property is meant; `Some(None)`: that of objects not known by their class.
    fn choose_owner(
        &self,
        declarations: &[PropertyDeclaration],
        inside: &[Position],
    ) -> Option<Option<OwnerId>> {
        let around = |id: &OwnerId| {
            let owner = &self.index.owners[id.0 as usize];
            inside
                .iter()
                .all(|position| owner.start <= *position && *position < owner.end)
        };
        if !inside.is_empty() {
            // Those around one position are nested and numbered in preorder.
            let innermost = declarations
                .iter()
                .filter_map(|d| d.owner)
                .filter(around)
                .max();
            if innermost.is_some() {
                return Some(innermost);
            }
        }
        // From the plainest evidence to the weakest.
        only_owner(declarations, |_| true)
            .or_else(|| only_owner(declarations, |d| d.container && d.owner.is_some()))
            .or_else(|| only_owner(declarations, |d| d.container))
            .or_else(|| only_owner(declarations, |d| d.owner.is_some()))
    }
}

/// The owner of all those declarations that qualify, if it is one.
fn only_owner(
    declarations: &[PropertyDeclaration],
    qualifies: impl Fn(&PropertyDeclaration) -> bool,
) -> Option<Option<OwnerId>> {
    let mut owners = declarations
        .iter()
        .filter(|d| qualifies(d))
        .map(|d| d.owner);
    let first = owners.next()?;
    owners.all(|owner| owner == first).then_some(first)
}

/// The items of one name, in a slice sorted by name.
fn named<T>(items: &[T], name: NameId, name_of: impl Fn(&T) -> NameId) -> &[T] {
    let start = items.partition_point(|item| name_of(item) < name);
    let len = items[start..].partition_point(|item| name_of(item) == name);
    &items[start..start + len]
}

/// Sites from effects in source order. A variable without a value gets its first one when it is
/// first assigned; that removes nothing. `None` if there is nothing.
fn collect(
    declared: Option<Position>,
    mut has_value: bool,
    effects: impl Iterator<Item = (Position, Effect)>,
) -> Option<Sites> {
    let mut sites = Sites {
        declared,
        ..Sites::default()
    };
    for (position, effect) in effects {
        match effect {
            Effect::Grows(operation) => {
                if sites.grows.len() < MAX_SITES {
                    sites.grows.push(GrowthSite {
                        position,
                        operation,
                    });
                }
            }
            Effect::Replaces if !has_value => has_value = true,
            Effect::Removes | Effect::TakesFirst | Effect::Replaces => {
                if sites.removes.len() < MAX_SITES {
                    sites.removes.push(position);
                    sites
                        .takes_first
                        .extend((effect == Effect::TakesFirst).then_some(position));
                }
            }
        }
    }
    let found = declared.is_some() || !sites.grows.is_empty() || !sites.removes.is_empty();
    found.then_some(sites)
}
