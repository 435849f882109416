package rules

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/models"
)

// storage is the contract's state. Models are not in it: they are the code of
// accounts of their own.
type storage struct {
	models.Storage // slots 0 to 3

	Registry   contract.Value[registry]                                                            // slot 4
	Sessions   contract.Map[uint64, head]                                                          // slot 5
	Facts      contract.Nested[uint64, contract.Map[uint64, []byte]]                               // records by session and id: slot 6
	IDs        contract.Nested[uint64, contract.Map[uint64, [4]uint64]]                            // of facts by session and place/4: slot 7
	Groups     contract.Nested[uint64, contract.Map[uint32, group]]                                // by session and agenda group: slot 8
	Exceptions contract.Nested[uint64, contract.Nested[uint32, contract.Map[uint32, common.Hash]]] // by session, agenda group and place: slot 9
	Supports   contract.Nested[uint64, contract.Nested[uint64, contract.Map[uint32, common.Hash]]] // by session, fact and place: slot 10
	Focus      contract.Map[uint64, []byte]                                                        // focus stacks by session: slot 11
	Guests     contract.Nested[uint64, contract.Map[common.Address, bool]]                         // who may change a session: slot 12
	GuestList  contract.Nested[uint64, contract.Array[common.Address]]                             // who ever might, by session: slot 13
}

// registry counts sessions and says which of them are resident.
type registry struct {
	Opened   uint64
	Epoch    uint32 // of residency, see residency.go
	Resident uint64 // entries of sessions that were used in this epoch
}

// head is a session's state but for what it consists of.
type head struct {
	Model       common.Hash
	Owner       common.Address
	Closing     bool
	Loaded      uint32 // work when its network was last built
	Epoch       uint32 // of residency, in which it was last used
	Groups      uint16 // agenda groups of the model
	Peak        uint8  // bits of the most entries since its network was last built
	NextID      uint64
	NextTag     uint64
	Facts       uint32
	Entries     uint32 // what its network holds, see live.entries
	Places      uint32 // that ids ever took
	Free        uint32 // the first place that is free again plus one, 0 for none
	Work        uint32 // at most the work to build its network
	Fingerprint [28]byte
}

// group says which matches of an agenda group are on the agenda: those whose
// highest tag is above Mark, but for the exceptions, of which it is the other
// way round.
type group struct {
	Mark       uint64
	Exceptions uint32
	Used       uint32 // slots that exceptions ever took
}

// Genesis is the contract's section of a genesis document.
type Genesis struct {
	Models []hexutil.Bytes `json:"models,omitempty"` // compiled
	Names  []models.Name   `json:"names,omitempty"`

	Sessions *Sessions `json:"sessions,omitempty"`
}

// Begin writes the state of a genesis.
func (r *Rules) Begin(ctx *contract.Context, genesis Genesis) error {
	for i, model := range genesis.Models {
		if _, err := r.keep(ctx, model); err != nil {
			return fmt.Errorf("model %d: %w", i, err)
		}
	}
	if err := r.names.Begin(ctx, genesis.Names); err != nil {
		return err
	}
	return r.beginSessions(ctx, genesis.Sessions)
}

// Export gives the state as a genesis.
func (r *Rules) Export(ctx *contract.Context) (genesis Genesis) {
	for i := range r.store.Models.Len(ctx) {
		model, _ := ctx.Blob(r.store.Models.Get(ctx, i)) // what is listed is there
		genesis.Models = append(genesis.Models, model)
	}
	genesis.Names = r.names.Export(ctx)
	genesis.Sessions = r.exportSessions(ctx)
	return genesis
}
