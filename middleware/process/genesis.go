package process

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/models"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

// Genesis is the contract's section of a genesis document.
type Genesis struct {
	Models        []Model           `json:"models,omitempty"`
	Names         []models.Name     `json:"names,omitempty"`
	Instances     []StoredInstance  `json:"instances,omitempty"`  // of a chain that goes on, by number
	Broadcasts    []StoredBroadcast `json:"broadcasts,omitempty"` // that have not reached all
	LastBroadcast uint64            `json:"lastBroadcast,omitempty"`
}

// Model is a deployed model.
type Model struct {
	Compiled hexutil.Bytes `json:"compiled"`
	Source   common.Hash   `json:"source"`
}

// StoredInstance is an instance as it is stored. Its coins are its account's, and
// its deposit is among the contract's.
type StoredInstance struct {
	Record    hexutil.Bytes    `json:"record"`
	Variables []StoredVariable `json:"variables,omitempty"`
}

// StoredVariable is a variable of an instance as it is stored.
type StoredVariable struct {
	Scope    uint32        `json:"scope"`
	Variable int           `json:"variable"`
	Value    hexutil.Bytes `json:"value"`
}

// StoredBroadcast is a signal that has not reached all.
type StoredBroadcast struct {
	Number   uint64        `json:"number"`
	Instance uint64        `json:"instance"`
	Cursor   uint64        `json:"cursor"`
	Last     uint64        `json:"last"`
	Name     string        `json:"name"`
	Payload  hexutil.Bytes `json:"payload"`
}

// Begin writes the state of a genesis.
func (p *Process) Begin(ctx *contract.Context, genesis Genesis) error {
	for i, model := range genesis.Models {
		if _, _, err := p.keep(ctx, model.Compiled, model.Source); err != nil {
			return fmt.Errorf("model %d: %w", i, err)
		}
	}
	if err := p.names.Begin(ctx, genesis.Names); err != nil {
		return err
	}
	deposits := new(uint256.Int)
	for i := range genesis.Instances {
		r, err := p.restore(ctx, uint64(i)+1, &genesis.Instances[i])
		if err != nil {
			return fmt.Errorf("instance %d: %w", i+1, err)
		}
		deposits.Add(deposits, &r.deposit)
	}
	if held := ctx.Balance(p.Address()); held.Lt(deposits) {
		return fmt.Errorf("the contract's account has %s wei, its instances' deposits come to %s", held.Dec(), deposits.Dec())
	}
	h := p.store.Head.Get(ctx)
	h.Started, h.LastBroadcast = uint64(len(genesis.Instances)), genesis.LastBroadcast
	p.store.Head.Set(ctx, h)
	for _, b := range genesis.Broadcasts {
		p.store.Broadcasts.Set(ctx, b.Number, broadcast{b.Instance, b.Cursor, b.Last, b.Name, b.Payload})
	}
	return nil
}

// restore writes an instance and lists it where it belongs.
func (p *Process) restore(ctx *contract.Context, id uint64, stored *StoredInstance) (r record, err error) {
	if len(stored.Record) > maxRecord {
		return r, errRecord
	}
	if err := r.decode(stored.Record); err != nil {
		return r, err
	}
	if r.model == 0 || uint64(r.model) > p.store.Models.Len(ctx) {
		return r, fmt.Errorf("%w: there is no model %d", errRecord, r.model)
	}
	write(ctx, recordSlot(ctx, id), nil, stored.Record)
	for _, v := range stored.Variables {
		variables{p, ctx, id}.set(machine.VariableKey{Scope: v.Scope, Variable: v.Variable}, v.Value)
	}
	d := p.desk(ctx)
	l, err := d.open(id)
	if err == nil {
		d.enlist(id, keys{}, l.keys)
	}
	return r, err
}

// Export gives the state as a genesis.
func (p *Process) Export(ctx *contract.Context) (genesis Genesis) {
	for i := range p.store.Models.Len(ctx) {
		hash := p.store.Models.Get(ctx, i)
		model, _ := ctx.Blob(hash) // what is listed is there
		genesis.Models = append(genesis.Models, Model{model, p.store.Sources.Get(ctx, hash)})
	}
	genesis.Names = p.names.Export(ctx)
	h := p.store.Head.Get(ctx)
	for id := uint64(1); id <= h.Started; id++ {
		genesis.Instances = append(genesis.Instances, p.instance(ctx, id))
	}
	genesis.LastBroadcast = h.LastBroadcast
	for n := uint64(1); n <= h.LastBroadcast; n++ {
		if b := p.store.Broadcasts.Get(ctx, n); b.Instance != 0 {
			genesis.Broadcasts = append(genesis.Broadcasts, StoredBroadcast{n, b.Instance, b.Cursor, b.Last, b.Name, b.Payload})
		}
	}
	return genesis
}

func (p *Process) instance(ctx *contract.Context, id uint64) (stored StoredInstance) {
	stored.Record = read(ctx, recordSlot(ctx, id))
	l, err := p.desk(ctx).open(id)
	if err != nil || l.Session == nil {
		return stored
	}
	for _, key := range l.Instance().Stored() {
		data, _ := variables{p, ctx, id}.Variable(key) // reading a slot does not fail
		stored.Variables = append(stored.Variables, StoredVariable{key.Scope, key.Variable, data})
	}
	return stored
}
