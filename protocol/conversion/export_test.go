package conversion

// What the tests, which live in a package of their own so that they can use the
// migration tool, see of this one.
type (
	Totals   = totals
	TreeInfo = treeInfo
)

// RootOf is where a proof leads.
var RootOf = rootOf
