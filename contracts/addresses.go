// Package contracts is the one ordered list of the chain's contracts in Go: their
// addresses, what each needs of the others, their genesis, and the work that the
// chain itself does with them in every block. It holds no rules of its own.
package contracts

import "github.com/ethereum/go-ethereum/common"

// Addresses of the chain's contracts.
var (
	SupplyAddress     = address(0xc001)
	LockupAddress     = address(0xc002)
	StakingAddress    = address(0xc003)
	GovernanceAddress = address(0xc004)
	TreasuryAddress   = address(0xc005)
	ConversionAddress = address(0xc006)
	GasAddress        = address(0xc007)
	ScheduleAddress   = address(0xc008)
	UpgradeAddress    = address(0xc009)
	AccessAddress     = address(0xc00a)
	AuthorityAddress  = address(0xc00b)
	RulesAddress      = address(0xc101)
	ProcessAddress    = address(0xc102)
)

func address(n uint16) common.Address {
	return common.Address{18: byte(n >> 8), 19: byte(n)}
}
