package process

import (
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

// sessions opens a rules session, gives it facts and lets rules fire. What it
// returns checks that every node knows what they made of them.
func (n *net) sessions() (check func()) {
	n.t.Helper()
	set, err := workbench.CompileRules("testdata/orders.rules")
	require.NoError(n.t, err)
	facts, err := set.Facts([]byte(`[{"Order": {"id": 1, "amount": 5000.5}}, {"Order": {"id": 2, "amount": 20}}]`))
	require.NoError(n.t, err)
	var packed [][]byte
	for _, fact := range facts {
		p, err := workbench.Pack(fact)
		require.NoError(n.t, err)
		packed = append(packed, p)
	}
	const session = 1
	n.must(n.Spare, 5_000_000,
		call{to: contracts.RulesAddress, data: n.rules.PackDeploy(set.Code)},
		call{to: contracts.RulesAddress, data: n.rules.PackOpen(set.Hash)},
		call{to: contracts.RulesAddress, data: n.rules.PackInsertMany(session, packed)},
		call{to: contracts.RulesAddress, data: n.rules.PackFire(session, 0)},
	)
	return func() {
		n.t.Helper()
		template, err := set.TemplateNamed("Order")
		require.NoError(n.t, err)
		for _, node := range n.Nodes {
			page := views(n, node, contracts.RulesAddress, n.rules.UnpackQuery, n.rules.PackQuery(session, template, 0, 10))[0]
			require.Len(n.t, page.Facts, 2, node.Name)
			for i, want := range []string{`{"id":1,"amount":5000.5,"large":true}`, `{"id":2,"amount":20,"large":false}`} {
				fact := page.Facts[i]
				shown, err := set.Unpack(fact.Id, fact.Template, fact.Logical, fact.Slots)
				require.NoError(n.t, err)
				require.JSONEq(n.t, want, string(shown.Slots), node.Name)
			}
		}
	}
}
