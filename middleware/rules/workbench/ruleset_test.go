package workbench_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

const orderRules = `template Order
    id: int
    buyer: string
    amount: decimal
    large: boolean = false
end

template Alert
    buyer: string
    total: decimal
end

rule "large"
    no-loop
when
    $o : Order(amount > 1000, !large)
then
    update $o (large = true)
    emit "large order" (order = $o.id, amount = $o.amount)
end

rule "sum"
when
    Order($first : id, $b : buyer)
    not Order(buyer == $b, id < $first)
    accumulate (Order(buyer == $b, $a : amount); $total : sum($a))
    test ($total > 1500)
then
    insertLogical Alert(buyer = $b, total = $total)
end
`

func compileRules(t testing.TB, text string) (*workbench.RuleSet, error) {
	path := filepath.Join(t.TempDir(), "orders.rules")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return workbench.CompileRules(path)
}

func TestRunRules(t *testing.T) {
	set, err := compileRules(t, orderRules)
	require.NoError(t, err)
	require.True(t, workbench.IsRuleSet(set.Code))
	facts, err := set.Facts([]byte(`[{"Order": {"id": 1, "buyer": "ann", "amount": 1000.50}}, {"Order": {"id": 2, "amount": "600", "buyer": "ann", "large": null}}]`))
	require.NoError(t, err)
	got, err := set.Run(facts, workbench.RunLimits)
	require.NoError(t, err)
	require.Equal(t, "done", got.Status)
	require.Len(t, got.Results, 1)
	require.Equal(t, "large order", got.Results[0].Name)
	require.JSONEq(t, `{"order": 1, "amount": 1000.5}`, string(got.Results[0].Fields))
	require.Len(t, got.Facts, 3)
	require.Equal(t, "Alert", got.Facts[2].Template)
	require.True(t, got.Facts[2].Logical)
	require.JSONEq(t, `{"buyer": "ann", "total": 1600.5}`, string(got.Facts[2].Slots))
}

// What is packed for the contract reads back the same.
func TestPackedFacts(t *testing.T) {
	set, err := compileRules(t, orderRules)
	require.NoError(t, err)
	facts, err := set.Facts([]byte(`[{"Order": {"id": 7, "buyer": "ann", "amount": 99.50}}]`))
	require.NoError(t, err)
	packed, err := workbench.Pack(facts[0])
	require.NoError(t, err)
	shown, err := set.Unpack(3, 0, false, packed[2:])
	require.NoError(t, err)
	require.JSONEq(t, `{"id": 7, "buyer": "ann", "amount": 99.5, "large": null}`, string(shown.Slots))
	_, err = set.Unpack(3, 9, false, nil)
	require.Error(t, err)
	_, err = set.Unpack(3, 0, false, packed[2:5])
	require.Error(t, err)
}

func TestFactsAreChecked(t *testing.T) {
	set, err := compileRules(t, orderRules)
	require.NoError(t, err)
	for input, want := range map[string]string{
		`{}`:                             "want a list of facts",
		`[{"Order": {}, "Alert": {}}]`:   "want a list of facts",
		`[{"Nothing": {}}]`:              `no template "Nothing"; it has Order, Alert`,
		`[{"Order": {"price": 1}}]`:      `no slot "price"; it has id, buyer, amount, large`,
		`[{"Order": {"id": 1.5}}]`:       "1.5 is no int",
		`[{"Order": {"buyer": 1}}]`:      "1 is no string",
		`[{"Order": {"large": "true"}}]`: "is no boolean",
	} {
		_, err := set.Facts([]byte(input))
		require.ErrorContains(t, err, want, input)
	}
	facts, err := set.Facts([]byte(`[{"Order": {"id": 1}}]`))
	require.NoError(t, err)
	_, err = set.Run(facts, workbench.RunLimits)
	require.ErrorContains(t, err, "slot buyer of Order has no default")
	_, err = compileRules(t, "rule \"x\" when Nothing() then halt end")
	require.ErrorContains(t, err, "orders.rules:1:")
}

func TestRuleExamples(t *testing.T) {
	set, err := compileRules(t, orderRules)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "orders.test.json")
	require.NoError(t, os.WriteFile(path, []byte(`[
		{"name": "good", "facts": [{"Order": {"id": 1, "buyer": "ann", "amount": 2000}}],
		 "want": {"results": [{"name": "large order", "fields": {"amount": 2000.0, "order": 1}}],
		          "facts": [{"Order": {"id": 1, "buyer": "ann", "amount": 2000, "large": true}}, {"Alert": {"buyer": "ann", "total": 2000}}]}},
		{"name": "no result", "facts": [{"Order": {"id": 1, "buyer": "ann", "amount": 2000}}], "want": {"results": []}},
		{"name": "other fact", "facts": [{"Order": {"id": 1, "buyer": "ann", "amount": 20}}], "want": {"facts": []}},
		{"facts": [], "want": {}}]`), 0o600))
	outcomes, err := set.RunExamples(path)
	require.NoError(t, err)
	require.Equal(t, workbench.Outcome{Name: "good"}, outcomes[0])
	require.Contains(t, outcomes[1].Failed, "got the results [large order {")
	require.Contains(t, outcomes[2].Failed, "got the facts [{")
	require.Contains(t, outcomes[3].Failed, "it does not say what it wants")
	require.Equal(t, "example 4", outcomes[3].Name)
}

func TestFormatRules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.rules")
	require.NoError(t, os.WriteFile(path, []byte("rule \"a\" when then halt end"), 0o600))
	before, after, err := workbench.FormatRules(path)
	require.NoError(t, err)
	require.NotEqual(t, before, after)
	require.NoError(t, os.WriteFile(path, []byte(after), 0o600))
	before, again, err := workbench.FormatRules(path)
	require.NoError(t, err)
	require.Equal(t, before, again)
}

func FuzzFacts(f *testing.F) {
	f.Add([]byte(`[{"Order": {"id": 7, "buyer": "ann", "amount": 1e30, "large": true}}]`))
	set, err := compileRules(f, orderRules)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, content []byte) {
		facts, err := set.Facts(content)
		if err != nil {
			return
		}
		for _, fact := range facts {
			packed, err := workbench.Pack(fact)
			require.NoError(t, err)
			_, err = set.Unpack(1, fact.Template, false, packed[2:])
			require.NoError(t, err)
		}
		_, _ = set.Run(facts, workbench.RunLimits)
	})
}
