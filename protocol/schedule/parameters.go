package schedule

import (
	"math"

	"github.com/cybermiles/cybermiles/contract"
)

// Parameters are what governance changes; ISchedule.sol explains each.
type Parameters struct {
	MaxGasLimit    uint64 `json:"maxGasLimit"`
	OverheadGas    uint64 `json:"overheadGas"`
	MaxDataBytes   uint32 `json:"maxDataBytes"`
	BackOffSeconds uint32 `json:"backOffSeconds"`
	MaxAttempts    uint8  `json:"maxAttempts"`
}

// Defaults are the main network's parameters, for blocks of 500,000,000 gas.
func Defaults() Parameters {
	return Parameters{
		MaxGasLimit: 10_000_000, OverheadGas: 300_000, MaxDataBytes: 4096, BackOffSeconds: 60, MaxAttempts: 8,
	}
}

// What the parameters can never be above.
const (
	mostGasLimit  = 100_000_000
	mostDataBytes = math.MaxUint16
)

// check holds parameters to bounds within which the contract is sound.
func (s *Schedule) check(p Parameters) error {
	for _, each := range []struct {
		name                string
		value, lower, upper uint64
	}{
		{"maxGasLimit", p.MaxGasLimit, 21_000, mostGasLimit},
		{"overheadGas", p.OverheadGas, 100_000, 5_000_000},
		{"maxDataBytes", uint64(p.MaxDataBytes), 4, mostDataBytes},
		{"backOffSeconds", uint64(p.BackOffSeconds), 1, 86_400},
		{"maxAttempts", uint64(p.MaxAttempts), 1, 16},
	} {
		if each.value < each.lower || each.value > each.upper {
			return s.fail.ParameterInvalid(each.name, each.lower, each.upper)
		}
	}
	return nil
}

func (s *Schedule) setParameters(ctx *contract.Context, changed Parameters) error {
	if ctx.Caller() != s.governance {
		return s.fail.NotGovernance(ctx.Caller())
	}
	if err := s.check(changed); err != nil {
		return err
	}
	s.store.Parameters.Set(ctx, changed)
	s.emit.ParametersChanged(ctx, changed)
	return nil
}

func (s *Schedule) parameters(ctx *contract.Context) Parameters { return s.store.Parameters.Get(ctx) }
