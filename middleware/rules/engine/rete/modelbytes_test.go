package rete_test

import (
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/ruletext"
)

func encodeText(t testing.TB, src string) []byte {
	t.Helper()
	m, err := ruletext.CompileText("test.rules", src)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := model.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func someValue(t model.Type, k int) rete.Value {
	switch t {
	case model.String:
		return rete.Text([]string{"", "start", "assign"}[k%3])
	case model.Boolean:
		return rete.Bool(k%2 == 0)
	case model.Decimal:
		return rete.Number([]string{"0.5", "-3", "1e30"}[k%3])
	}
	return rete.Int(int64(k))
}
