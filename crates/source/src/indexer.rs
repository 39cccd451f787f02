//! One walk over a syntax tree, from which the index of a file is built.
//!
//! The walk is a cursor's preorder with a stack of what has to be undone on leaving a node; there
//! is no recursion. Binding patterns are read ahead with a stack of their own; each node is read
//! ahead by at most one declaration, so the whole is linear in the size of the tree.

use std::collections::{HashMap, HashSet};

use tree_sitter::{Node, Tree};

use crate::calls::{CallKind, CallRecord, CallSubject, calls};
use crate::error::SourceError;
use crate::expression::{
    Reference, bare, declared_key, field, first_operand, makes_container, reference, text_of,
};
use crate::function::{FunctionKind, FunctionRecord};
use crate::imports::{self, CalledName, Import, Imported};
use crate::limits::Deadline;
use crate::names::{NameId, Names};
use crate::position::{LineMap, Position};
use crate::scope::{OwnerId, Scope, ScopeId, ScopeKind, Scopes};
use crate::site_effect::{Effect, Site, site};

/// Nodes between two looks at the clock. A node costs up to some tens of microseconds.
const NODES_PER_CHECK: usize = 256;

/// A name declared in a scope.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) name: NameId,
    pub(crate) scope: ScopeId,
    pub(crate) position: Position,
    /// It has a value from its declaration.
    pub(crate) initialised: bool,
}

/// An effect on a variable, not yet bound to a declaration.
#[derive(Debug)]
pub(crate) struct VariableUse {
    pub(crate) name: NameId,
    pub(crate) scope: ScopeId,
    pub(crate) effect: Effect,
    pub(crate) position: Position,
}

/// A place where a property gets a value that it did not have before.
#[derive(Debug)]
pub(crate) struct PropertyDeclaration {
    pub(crate) name: NameId,
    /// `None`: of some object that is not known here.
    pub(crate) owner: Option<OwnerId>,
    pub(crate) position: Position,
    /// A field, a key of a literal, or an assignment in a constructor; not any other assignment.
    pub(crate) initial: bool,
    /// Its value is a new container.
    pub(crate) container: bool,
}

/// An effect on a property.
#[derive(Debug)]
pub(crate) struct PropertyUse {
    pub(crate) name: NameId,
    /// Of `this`: the owner that `this` is.
    pub(crate) owner: Option<OwnerId>,
    pub(crate) effect: Effect,
    pub(crate) position: Position,
}

/// The extent of a class, an object literal or a constructor function.
#[derive(Debug)]
pub(crate) struct Owner {
    /// Of a class.
    pub(crate) name: Option<NameId>,
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// All that is kept of a file. The vectors of named things are sorted by name, then in source
/// order.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) names: Names,
    pub(crate) scopes: Scopes,
    pub(crate) owners: Vec<Owner>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) variable_uses: Vec<VariableUse>,
    pub(crate) property_declarations: Vec<PropertyDeclaration>,
    pub(crate) property_uses: Vec<PropertyUse>,
    pub(crate) calls: Vec<CallRecord>,
    /// In source order.
    pub(crate) imports: Vec<Import>,
    /// Of imported names only.
    pub(crate) called_names: Vec<CalledName>,
    /// In preorder.
    pub(crate) functions: Vec<FunctionRecord>,
}

impl Index {
    /// Sorts by name. The keys tell equal names apart by position, as the walk meets a chain's
    /// last link first.
    fn sort(&mut self) {
        self.bindings.sort_by_key(|item| (item.name, item.position));
        self.variable_uses
            .sort_by_key(|item| (item.name, item.position));
        self.property_declarations
            .sort_by_key(|item| (item.name, item.position));
        self.property_uses
            .sort_by_key(|item| (item.name, item.position));
        self.calls.sort_by_key(|item| (item.name, item.position));
        let imported: HashSet<NameId> = self.imports.iter().map(|import| import.name).collect();
        (self.called_names).retain(|called| imported.contains(&called.name));
        self.called_names
            .sort_by_key(|item| (item.name, item.position));
    }
}

/// What is undone on leaving a node.
enum Leave {
    Scope { close: ScopeId },
    Owner { outer: Option<OwnerId> },
    Declaration { outer: Declarator },
}

/// How the declarators of the declaration that is being read declare.
#[derive(Clone, Copy)]
enum Declarator {
    Var,
    Lexical,
}

/// What the parent of a function expression knows about it.
#[derive(Clone, Copy, Default)]
struct Hint {
    name: Option<NameId>,
    /// The object literal whose key it is the value of.
    method_of: Option<OwnerId>,
}

struct Indexer<'t> {
    text: &'t str,
    lines: LineMap<'t>,
    index: Index,
    scope: ScopeId,
    /// The innermost class or object literal.
    owner: Option<OwnerId>,
    declarator: Declarator,
    /// By the id of a function expression that is yet to be entered.
    hints: HashMap<usize, Hint>,
    leave: Vec<(usize, Leave)>,
}

/// Walks `tree`, which was parsed from `text`.
pub(crate) fn index(text: &str, tree: &Tree, deadline: &Deadline) -> Result<Index, SourceError> {
    let lines = LineMap::new(text);
    let end = lines.position(text.len());
    let mut indexer = Indexer {
        text,
        lines,
        index: Index {
            names: Names::default(),
            scopes: Scopes::new(end),
            owners: Vec::new(),
            bindings: Vec::new(),
            variable_uses: Vec::new(),
            property_declarations: Vec::new(),
            property_uses: Vec::new(),
            calls: Vec::new(),
            imports: Vec::new(),
            called_names: Vec::new(),
            functions: Vec::new(),
        },
        scope: ScopeId::FILE,
        owner: None,
        declarator: Declarator::Lexical,
        hints: HashMap::new(),
        leave: Vec::new(),
    };
    indexer.walk(tree, deadline)?;
    indexer.index.scopes.close(ScopeId::FILE);
    indexer.index.sort();
    Ok(indexer.index)
}

impl<'t> Indexer<'t> {
    fn walk(&mut self, tree: &Tree, deadline: &Deadline) -> Result<(), SourceError> {
        let mut cursor = tree.walk();
        let mut depth = 0;
        let mut until_check = NODES_PER_CHECK;
        loop {
            until_check -= 1;
            if until_check == 0 {
                until_check = NODES_PER_CHECK;
                if deadline.passed() {
                    return Err(deadline.error());
                }
            }
            let node = cursor.node();
            if node.is_named() {
                self.enter(node, depth);
            }
            if cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            self.undo(depth);
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Ok(());
                }
                depth -= 1;
                self.undo(depth);
            }
        }
    }

    /// Undoes what entering the node at `depth` did.
    fn undo(&mut self, depth: usize) {
        while let Some((_, leave)) = self.leave.pop_if(|(at, _)| *at >= depth) {
            match leave {
                Leave::Scope { close } => {
                    self.index.scopes.close(close);
                    self.scope = self.index.scopes.get(close).parent;
                }
                Leave::Owner { outer } => self.owner = outer,
                Leave::Declaration { outer } => self.declarator = outer,
            }
        }
    }

    fn enter(&mut self, node: Node<'_>, depth: usize) {
        match node.kind() {
            "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition" => self.function(node, depth),
            "class" | "class_declaration" | "abstract_class_declaration" => {
                self.class(node, depth);
            }
            "object" => self.open_owner(node, None, depth),
            "statement_block" | "switch_body" => {
                self.open_scope(node, ScopeKind::Block, depth);
            }
            "for_statement" | "for_in_statement" => self.for_loop(node, depth),
            "catch_clause" => {
                self.open_scope(node, ScopeKind::Block, depth);
                if let Some(parameter) = field(node, "parameter") {
                    self.pattern(parameter, self.scope, true);
                }
            }
            "class_static_block" => {
                self.open_scope(node, ScopeKind::Variables, depth)
                    .in_constructor = true;
            }
            "internal_module" | "module" => {
                self.declare_name_field(node);
                self.open_scope(node, ScopeKind::Variables, depth);
            }
            "enum_declaration" => self.declare_name_field(node),
            "variable_declaration" => self.open_declaration(Declarator::Var, depth),
            "lexical_declaration" | "using_declaration" => {
                self.open_declaration(Declarator::Lexical, depth);
            }
            "variable_declarator" => self.variable_declarator(node),
            "import_clause" | "namespace_import" | "import_require_clause" | "import_alias" => {
                self.imported(first_operand(node));
            }
            "import_statement" => self.import(imports::import_statement(node, self.text)),
            "import_specifier" => {
                self.imported(field(node, "alias").or_else(|| field(node, "name")));
            }
            "field_definition" | "public_field_definition" => self.field_definition(node),
            "pair" => self.pair(node),
            "shorthand_property_identifier" => {
                let name = text_of(node, self.text);
                self.declare_property(name, self.owner, node, true, false);
            }
            "assignment_expression" | "augmented_assignment_expression" => {
                self.assignment(node);
                self.site(node);
            }
            "assignment_pattern" => {
                self.name_value(field(node, "left"), field(node, "right"));
            }
            "required_parameter" | "optional_parameter" => {
                self.name_value(field(node, "pattern"), field(node, "value"));
            }
            "call_expression" => {
                self.site(node);
                self.calls(node);
                self.called_name(node);
            }
            "unary_expression" => self.site(node),
            "new_expression" => {
                self.calls(node);
                self.called_name(node);
            }
            "await_expression" => self.calls(node),
            _ => {}
        }
    }

    fn start(&self, node: Node<'_>) -> Position {
        self.lines.position(node.start_byte())
    }

    fn end(&self, node: Node<'_>) -> Position {
        self.lines.position(node.end_byte())
    }

    fn intern(&mut self, node: Node<'_>) -> NameId {
        self.index.names.intern(text_of(node, self.text))
    }

    // Scopes and owners

    fn open_scope(&mut self, node: Node<'_>, kind: ScopeKind, depth: usize) -> &mut Scope {
        // V8 places a function at its parameters. Its scope begins there, so that the function
        // itself is outside of it.
        let first = field(node, "parameters").unwrap_or(node);
        let first = if node.kind() == "arrow_function" {
            node
        } else {
            first
        };
        let (start, end) = (self.start(first), self.end(node));
        let id = self.index.scopes.open(self.scope, kind, start, end);
        self.leave.push((depth, Leave::Scope { close: id }));
        self.scope = id;
        self.index.scopes.get_mut(id)
    }

    fn add_owner(&mut self, node: Node<'_>, name: Option<NameId>) -> OwnerId {
        // An owner takes at least a byte of a text shorter than 2^31 bytes.
        let id = OwnerId(self.index.owners.len() as u32);
        let owner = Owner {
            name,
            start: self.start(node),
            end: self.end(node),
        };
        self.index.owners.push(owner);
        id
    }

    fn open_owner(&mut self, node: Node<'_>, name: Option<NameId>, depth: usize) {
        let id = self.add_owner(node, name);
        self.leave.push((depth, Leave::Owner { outer: self.owner }));
        self.owner = Some(id);
    }

    fn open_declaration(&mut self, declarator: Declarator, depth: usize) {
        self.leave.push((
            depth,
            Leave::Declaration {
                outer: self.declarator,
            },
        ));
        self.declarator = declarator;
    }

    // Functions and classes

    fn function(&mut self, node: Node<'_>, depth: usize) {
        let hint = self.hints.remove(&node.id()).unwrap_or_default();
        let name = field(node, "name");
        let kind = function_kind(node, name, self.text);
        let declares = matches!(
            node.kind(),
            "function_declaration" | "generator_function_declaration"
        );
        if declares {
            self.declare_name_field(node);
        }
        self.record_function(node, kind, name, hint);

        let this = self.this_inside(node, kind, name, hint);
        let scope = self.open_scope(node, ScopeKind::Variables, depth);
        scope.this = this;
        scope.in_constructor = match kind {
            FunctionKind::Function => this.is_some() && hint.method_of.is_none(),
            _ => kind == FunctionKind::Constructor,
        };
        if !declares && kind == FunctionKind::Function {
            self.declare_name_field(node);
        }
        self.parameters(node);
    }

    /// What `this` is in the function `node`.
    fn this_inside(
        &mut self,
        node: Node<'_>,
        kind: FunctionKind,
        name: Option<Node<'_>>,
        hint: Hint,
    ) -> Option<OwnerId> {
        match kind {
            FunctionKind::Arrow => self.index.scopes.get(self.scope).this,
            FunctionKind::Function => {
                let named = name.map(|name| text_of(name, self.text));
                let hinted = hint.name.and_then(|name| self.index.names.text(name));
                // A capital marks a constructor; any other function may be anyone's method.
                let constructor = named
                    .or(hinted)
                    .is_some_and(|name| name.starts_with(char::is_uppercase));
                match hint.method_of {
                    Some(owner) => Some(owner),
                    None if constructor => Some(self.add_owner(node, None)),
                    None => None,
                }
            }
            _ => self.owner,
        }
    }

    fn record_function(
        &mut self,
        node: Node<'_>,
        kind: FunctionKind,
        name: Option<Node<'_>>,
        hint: Hint,
    ) -> Option<NameId> {
        let name = match (kind, name) {
            // V8 calls it by its class.
            (FunctionKind::Constructor, _) => self
                .owner
                .and_then(|owner| self.index.owners[owner.0 as usize].name),
            (_, Some(name)) => declared_name(name, self.text).map(|n| self.index.names.intern(n)),
            (_, None) => hint.name,
        };
        let start = self.lines.position(start_after_decorators(node));
        let end = self.end(node);
        self.index.functions.push(FunctionRecord {
            name,
            kind,
            start,
            end,
        });
        name
    }

    fn parameters(&mut self, node: Node<'_>) {
        if let Some(parameter) = field(node, "parameter") {
            self.pattern(parameter, self.scope, true);
        }
        let Some(parameters) = field(node, "parameters") else {
            return;
        };
        self.pattern(parameters, self.scope, true);
    }

    fn class(&mut self, node: Node<'_>, depth: usize) {
        let hint = self.hints.remove(&node.id()).unwrap_or_default();
        let name = field(node, "name");
        let name = self.record_function(node, FunctionKind::Class, name, hint);
        let is_expression = node.kind() == "class";
        if !is_expression {
            self.declare_name_field(node);
        }
        self.open_owner(node, name, depth);
        let this = self.owner;
        let scope = self.open_scope(node, ScopeKind::Block, depth);
        scope.this = this;
        scope.in_constructor = true;
        if is_expression {
            self.declare_name_field(node);
        }
    }

    // Bindings

    fn declare(&mut self, name: Node<'_>, scope: ScopeId, initialised: bool) {
        let binding = Binding {
            name: self.intern(name),
            scope,
            position: self.start(name),
            initialised,
        };
        self.index.bindings.push(binding);
    }

    /// Declares the `name` of a function, class, enum or namespace in the current scope.
    fn declare_name_field(&mut self, node: Node<'_>) {
        let name = field(node, "name");
        if let Some(name) = name.filter(|n| matches!(n.kind(), "identifier" | "type_identifier")) {
            self.declare(name, self.scope, true);
        }
    }

    fn imported(&mut self, name: Option<Node<'_>>) {
        if let Some(name) = name.filter(|n| n.kind() == "identifier") {
            self.declare(name, self.scope, true);
        }
    }

    /// Declares all names that a binding pattern, or a list of parameters, binds.
    fn pattern(&mut self, pattern: Node<'_>, scope: ScopeId, initialised: bool) {
        let mut cursor = pattern.walk();
        let mut pending = vec![pattern];
        while let Some(node) = pending.pop() {
            match node.kind() {
                "identifier" | "shorthand_property_identifier_pattern" => {
                    self.declare(node, scope, initialised);
                }
                "formal_parameters" | "object_pattern" | "array_pattern" | "rest_pattern" => {
                    pending.extend(node.named_children(&mut cursor));
                }
                "pair_pattern" => pending.extend(field(node, "value")),
                "assignment_pattern" | "object_assignment_pattern" => {
                    pending.extend(field(node, "left"));
                }
                "required_parameter" | "optional_parameter" => {
                    let bound = field(node, "pattern");
                    self.parameter_property(node, bound);
                    pending.extend(bound);
                }
                _ => {}
            }
        }
    }

    /// `constructor(private cache: Map<..>)` declares a property of the class as well.
    fn parameter_property(&mut self, parameter: Node<'_>, bound: Option<Node<'_>>) {
        let Some(name) = bound.filter(|n| n.kind() == "identifier") else {
            return;
        };
        let modified = (0..MAX_MODIFIERS)
            .map_while(|i| parameter.child(i))
            .any(|child| {
                matches!(
                    child.kind(),
                    "accessibility_modifier" | "override_modifier" | "readonly"
                )
            });
        if modified {
            let container =
                field(parameter, "value").is_some_and(|value| makes_container(value, self.text));
            let text = text_of(name, self.text);
            self.declare_property(text, self.owner, name, true, container);
        }
    }

    fn variable_declarator(&mut self, node: Node<'_>) {
        let scope = match self.declarator {
            Declarator::Var => self.index.scopes.variables(self.scope),
            Declarator::Lexical => self.scope,
        };
        let value = field(node, "value");
        if let Some(name) = field(node, "name") {
            self.pattern(name, scope, value.is_some());
            self.import(value.and_then(|value| imports::required(name, value, self.text)));
        }
        self.name_value(field(node, "name"), value);
    }

    fn for_loop(&mut self, node: Node<'_>, depth: usize) {
        self.open_scope(node, ScopeKind::Block, depth);
        // Only `for (const x of ..)` has it here; a `for (;;)` has a declaration as its child.
        let Some(kind) = field(node, "kind") else {
            return;
        };
        let scope = match text_of(kind, self.text) {
            "var" => self.index.scopes.variables(self.scope),
            _ => self.scope,
        };
        if let Some(left) = field(node, "left") {
            self.pattern(left, scope, true);
        }
    }

    // Properties

    fn declare_property(
        &mut self,
        name: &str,
        owner: Option<OwnerId>,
        at: Node<'_>,
        initial: bool,
        container: bool,
    ) {
        let name = self.index.names.intern(name);
        let position = self.start(at);
        self.index.property_declarations.push(PropertyDeclaration {
            name,
            owner,
            position,
            initial,
            container,
        });
    }

    fn field_definition(&mut self, node: Node<'_>) {
        // The grammars call it differently.
        let Some(key) = field(node, "property").or_else(|| field(node, "name")) else {
            return;
        };
        self.keyed_value(key, field(node, "value"), None);
    }

    fn pair(&mut self, node: Node<'_>) {
        let Some(key) = field(node, "key") else {
            return;
        };
        self.keyed_value(key, field(node, "value"), self.owner);
    }

    fn keyed_value(&mut self, key: Node<'_>, value: Option<Node<'_>>, method_of: Option<OwnerId>) {
        let value = value.map(bare);
        let name = declared_key(key, self.text);
        if let Some(name) = name {
            let container = value.is_some_and(|value| makes_container(value, self.text));
            self.declare_property(name, self.owner, key, true, container);
        }
        let name = name.map(|name| self.index.names.intern(name));
        self.hint(value, Hint { name, method_of });
    }

    fn assignment(&mut self, node: Node<'_>) {
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
            return;
        };
        let left = bare(left);
        self.name_value(Some(left), Some(right));
        let plain = node.kind() == "assignment_expression";
        let defaulting = || {
            field(node, "operator").is_some_and(|n| matches!(text_of(n, self.text), "||=" | "??="))
        };
        if !plain && !defaulting() {
            return;
        }
        let Some(Reference::Property { name, of_this }) = direct_property(left, self.text) else {
            return;
        };
        let scope = self.index.scopes.get(self.scope);
        let owner = if of_this { scope.this } else { None };
        let initial = of_this && scope.in_constructor;
        let container = makes_container(right, self.text);
        self.declare_property(name, owner, left, initial, container);
    }

    // Names of function expressions

    /// Tells a function expression the name of what it is assigned to.
    fn name_value(&mut self, target: Option<Node<'_>>, value: Option<Node<'_>>) {
        let (Some(target), Some(value)) = (target, value.map(bare)) else {
            return;
        };
        if !takes_hint(value) {
            return;
        }
        let name = match target.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => Some(target),
            "member_expression" => field(target, "property"),
            _ => None,
        };
        let name = name.map(|name| self.intern(name));
        self.hint(
            Some(value),
            Hint {
                name,
                method_of: None,
            },
        );
    }

    fn hint(&mut self, value: Option<Node<'_>>, hint: Hint) {
        if let Some(value) = value.filter(|value| takes_hint(*value)) {
            self.hints.insert(value.id(), hint);
        }
    }

    // Sites

    fn site(&mut self, node: Node<'_>) {
        let Some(Site { target, effect, at }) = site(node, self.text) else {
            return;
        };
        let position = self.start(at);
        let scope = self.index.scopes.get(self.scope);
        match target {
            Reference::Variable(name) => {
                let name = self.index.names.intern(name);
                let scope = self.scope;
                self.index.variable_uses.push(VariableUse {
                    name,
                    scope,
                    effect,
                    position,
                });
            }
            Reference::Property { .. } if effect == Effect::Replaces && scope.in_constructor => {
                // Its first value.
            }
            Reference::Property { name, of_this } => {
                let owner = if of_this { scope.this } else { None };
                let name = self.index.names.intern(name);
                self.index.property_uses.push(PropertyUse {
                    name,
                    owner,
                    effect,
                    position,
                });
            }
        }
    }

    fn import(&mut self, imported: Option<Imported<'_>>) {
        let Some(Imported { module, names }) = imported else {
            return;
        };
        let all = &mut self.index.names;
        let module = all.intern(module);
        for (name, exported) in names {
            self.index.imports.push(Import {
                module,
                name: all.intern(name),
                exported: exported.map(|exported| all.intern(exported)),
            });
        }
    }

    fn called_name(&mut self, node: Node<'_>) {
        let Some((name, method, at)) = imports::called_name(node, self.text) else {
            return;
        };
        let scopes = &self.index.scopes;
        let function = scopes.get(scopes.variables(self.scope)).start;
        let position = self.start(at);
        let names = &mut self.index.names;
        self.index.called_names.push(CalledName {
            name: names.intern(name),
            scope: self.scope,
            method: method.map(|method| names.intern(method)),
            position,
            function,
        });
    }

    fn calls(&mut self, node: Node<'_>) {
        let scopes = &self.index.scopes;
        let around = scopes.variables(self.scope);
        let function = scopes.get(around).start;
        let this = scopes.get(self.scope).this;
        for mut call in calls(node, self.text) {
            if around == ScopeId::FILE {
                call.kind = CallKind::Once;
            }
            let position = self.start(call.at);
            for &subject in &call.subjects {
                let (name, subject) = match subject {
                    Reference::Variable(name) => (name, CallSubject::Variable(self.scope)),
                    Reference::Property { name, of_this } => {
                        (name, CallSubject::Property(this.filter(|_| of_this)))
                    }
                };
                let names = &mut self.index.names;
                let name = names.intern(name);
                let at = (position, function);
                let record = CallRecord::new(name, subject, at, &call, names);
                self.index.calls.push(record);
            }
        }
    }
}

/// Modifiers in front of a parameter or method (`private`, `readonly`, `static`, `async`, `get`,
/// decorators) that are looked over.
const MAX_MODIFIERS: u32 = 16;

fn takes_hint(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "function_expression" | "generator_function" | "arrow_function" | "class"
    )
}

/// `this.name`, `x.name` or `x['name']`, as the target of an assignment.
fn direct_property<'t>(left: Node<'_>, text: &'t str) -> Option<Reference<'t>> {
    matches!(left.kind(), "member_expression" | "subscript_expression").then_some(())?;
    reference(left, text)
}

/// The name of a function, class or method, if it is an identifier or could be one.
fn declared_name<'t>(name: Node<'_>, text: &'t str) -> Option<&'t str> {
    match name.kind() {
        "type_identifier" => Some(text_of(name, text)),
        _ => declared_key(name, text),
    }
}

fn function_kind(node: Node<'_>, name: Option<Node<'_>>, text: &str) -> FunctionKind {
    match node.kind() {
        "arrow_function" => FunctionKind::Arrow,
        "method_definition" => method_kind(node, name, text),
        _ => FunctionKind::Function,
    }
}

fn method_kind(node: Node<'_>, name: Option<Node<'_>>, text: &str) -> FunctionKind {
    let modifiers = (0..MAX_MODIFIERS)
        .map_while(|i| node.child(i))
        .take_while(|child| Some(*child) != name);
    let mut is_static = false;
    for modifier in modifiers {
        match modifier.kind() {
            "get" => return FunctionKind::Getter,
            "set" => return FunctionKind::Setter,
            "static" => is_static = true,
            _ => {}
        }
    }
    let named_so = name.is_some_and(|name| text_of(name, text) == "constructor");
    if named_so && !is_static {
        FunctionKind::Constructor
    } else {
        FunctionKind::Method
    }
}

/// The first byte of a function or class that is no decorator of it.
fn start_after_decorators(node: Node<'_>) -> usize {
    (0..MAX_MODIFIERS)
        .map_while(|i| node.child(i))
        .find(|child| !matches!(child.kind(), "decorator" | "comment"))
        .map_or(node.start_byte(), |child| child.start_byte())
}
