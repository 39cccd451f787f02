//! The clever algorithms once more, slow and straight from their definitions. Meant for graphs of
//! some dozen nodes.

mod classes;
mod dominators;
mod essential;
mod paths;
mod shallow;

pub use classes::naive_class_retained;
pub use dominators::NaiveDominators;
pub use essential::naive_essential;
pub use paths::naive_path_costs;
pub use shallow::naive_shallow_sizes;
