"""Makes moto's updates cheap: ten times an update it walks the whole tree of the expression, asking abstract classes at
each node which nodes are looked for; it counts the clauses of the whole tree at each of its nodes, parses the same text
anew for each item, and copies the tree attribute by attribute.

A write of a hundred items took a second. What it finds is the same.
"""

import pickle
from copy import deepcopy
from functools import lru_cache
from typing import Any

import moto.dynamodb.parsing.ast_nodes as trees
from moto.dynamodb.parsing import expressions, validators

Kind = type[Any]

_wanted: dict[Kind, tuple[Kind, ...]] = {}
_known: dict[tuple[Kind, ...], dict[Kind, bool]] = {}


def install() -> None:
    """For this process, once."""
    parser: Any = expressions.UpdateExpressionParser  # type: ignore[attr-defined]
    counter: Any = validators.ActionCountValidator
    walker: Any = trees.DepthFirstTraverser  # type: ignore[attr-defined]
    counted = counter.verify_action_counts

    def verify_action_counts(self: Any, node: Any) -> Any:
        """At the top, whose clauses are those of all below it."""
        return counted(self, node) if node.parent is None else node

    # Whoever changes a tree copies it first.
    parser.make = staticmethod(lru_cache(1_000)(parser.make))
    validators.deepcopy = _copied  # type: ignore[assignment, attr-defined]
    counter.verify_action_counts = verify_action_counts
    walker.traverse_node_recursively = _walk


def _copied(tree: Any) -> Any:
    if not isinstance(tree, trees.UpdateExpression):  # type: ignore[attr-defined]
        return deepcopy(tree)
    if "frozen" not in tree.__dict__:
        tree.frozen = pickle.dumps(tree, pickle.HIGHEST_PROTOCOL)
    return pickle.loads(tree.frozen)


def _walk(self: Any, node: Any, child_id: int = -1) -> Any:
    if not _is_one_of(type(node), (trees.Node,)):  # type: ignore[attr-defined]
        return node
    parent = node.parent
    for number, child in enumerate(node.children or ()):
        self.pre_processing_of_child(node, number)
        self.traverse_node_recursively(child, number)
    if _is_one_of(type(node), _wanted_by(self)):
        node = self.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


def _wanted_by(walker: Any) -> tuple[Kind, ...]:
    """The kinds of nodes that a walker processes are the same for all of its class."""
    if type(walker) not in _wanted:
        _wanted[type(walker)] = tuple(walker.nodes_to_be_processed())
    return _wanted[type(walker)]


def _is_one_of(kind: Kind, kinds: tuple[Kind, ...]) -> bool:
    known = _known.setdefault(kinds, {})
    if kind not in known:
        known[kind] = issubclass(kind, kinds)
    return known[kind]
