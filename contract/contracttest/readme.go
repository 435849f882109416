package contracttest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
)

// ReadmeGas holds the table of gas in a contract's README.md to what its
// examples use: each method that is no view has a row of its name and its
// example's gas, without the transaction's own and without refunds.
func ReadmeGas(t *testing.T, of contract.Contract, start func(testing.TB) *Chain, examples []Example) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var missing []string
	for _, example := range examples {
		if functionOf(t, of, example.Method).IsConstant() {
			continue
		}
		c := start(t)
		if example.Prepare != nil {
			example.Prepare(c)
		}
		result := c.Do(example.call(c, of))
		require.NoError(t, result.Err, "%s: %s", example.Method, c.Reason(of, result))
		row := fmt.Sprintf("| `%s` | %s |", example.Method, grouped(result.GasUsed))
		if !strings.Contains(string(readme), row) {
			missing = append(missing, row)
		}
	}
	require.Empty(t, missing, "README.md lacks these rows:\n%s", strings.Join(missing, "\n"))
}

// grouped writes a number with commas between thousands.
func grouped(n uint64) string {
	if n < 1_000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1_000), n%1_000)
}
