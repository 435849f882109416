package upgrade

import (
	"fmt"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state, in Solidity's layout.
type storage struct {
	Height  contract.Value[uint64]       // slot 0; of the plan, 0 when there is none
	Plan    contract.Value[Plan]         // slots 1 to 3
	Applied contract.Array[Applied]      // slot 4
	Heights contract.Map[string, uint64] // slot 5; of applied upgrades by name
}

// Plan is a change to a new version of the program.
type Plan struct {
	Name   string `json:"name"`
	Height uint64 `json:"height"` // first that the new version executes
	Info   string `json:"info"`
}

// Applied is an upgrade that has happened.
type Applied struct {
	Name      string `json:"name"`
	Height    uint64 `json:"height"`
	AppliedAt uint64 `json:"appliedAt"` // seconds since 1970
}

// Genesis is the contract's whole state; a new chain's is empty.
type Genesis struct {
	Plan    *Plan     `json:"plan,omitempty"`
	Applied []Applied `json:"applied,omitempty"`
}

// Begin writes the state of a genesis.
func (u *Upgrade) Begin(ctx *contract.Context, genesis Genesis) error {
	for _, each := range genesis.Applied {
		if !validName(each.Name) || each.Height == 0 || u.store.Heights.Get(ctx, each.Name) != 0 {
			return fmt.Errorf("upgrade: applied upgrade %q: it needs a name of its own and a height", each.Name)
		}
		u.record(ctx, each)
	}
	if p := genesis.Plan; p != nil {
		if !validName(p.Name) || p.Height == 0 || len(p.Info) > maxInfo {
			return fmt.Errorf("upgrade: plan %q: it needs a name, a height and an info of at most %d bytes", p.Name, maxInfo)
		}
		u.set(ctx, *p)
	}
	return nil
}

// Export reads the whole state.
func (u *Upgrade) Export(ctx *contract.Context) Genesis {
	genesis := Genesis{Applied: u.store.Applied.Slice(ctx, 0, u.store.Applied.Len(ctx))}
	if p := u.store.Plan.Get(ctx); p.Height != 0 {
		genesis.Plan = &p
	}
	return genesis
}

// set writes the plan, an empty one for none. The height has a slot of its own,
// as every block reads it.
func (u *Upgrade) set(ctx *contract.Context, p Plan) {
	u.store.Height.Set(ctx, p.Height)
	u.store.Plan.Set(ctx, p)
}

func (u *Upgrade) record(ctx *contract.Context, a Applied) {
	u.store.Applied.Push(ctx, a)
	u.store.Heights.Set(ctx, a.Name, a.Height)
}
