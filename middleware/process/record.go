package process

import (
	"encoding/binary"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

// record is all that is kept of an instance beside its variables. Its bytes fill
// the slots from the one that a mapping would give it on; those of an instance
// that waits at one task are two.
type record struct {
	id          uint64
	model       uint32 // number of the deployed model
	starter     common.Address
	status      machine.Status
	process     int
	parent      uint64 // the instance that called it, 0 for none
	parentToken uint32
	deposit     uint256.Int
	deposits    bool             // it has, or had, a deposit: its bytes stay where they are
	stopped     bool             // its timers stand still
	roles       []common.Address // by role, the administrator last; zero is nobody
	works       []work           // by token
	assets      []common.Address // tokens that it has been given or has paid
	remainderTo common.Address   // once it has ended
	code        string           // of the error that failed it
	core        []byte           // the machine's record while it runs
}

// work is what is known of a task, job or call beside its token.
type work struct {
	token   uint32
	account common.Address // who may do it, if that is not its role
	worker  common.Address // who has taken it
	until   uint64
	child   uint64 // the instance that it called
}

// Limits of an instance, part of consensus.
const (
	maxRecord = 1 << 15 // bytes
	maxRoles  = 64
	maxAssets = 16
)

const headBytes = 28

// Of what changes without the machine, all is in the first two slots.
const (
	depositBytes = 12
	prefixBytes  = 64
)

// Flags of a record and of a work in it.
const (
	hasParent = 1 << iota
	hasDeposit
	hasRoles
	hasWorks
	hasAssets
	hasRemainder
	isStopped
)

const (
	hasAccount = 1 << iota
	hasWorker
	hasChild
)

// How an account of a role is written.
const (
	nobody = iota
	theStarter
	anybody
	theAccount
)

type writer struct{ data []byte }

func (w *writer) uint(v uint64)            { w.data = binary.AppendUvarint(w.data, v) }
func (w *writer) byte(b byte)              { w.data = append(w.data, b) }
func (w *writer) address(a common.Address) { w.data = append(w.data, a[:]...) }

func (w *writer) short(b []byte) {
	w.uint(uint64(len(b)))
	w.data = append(w.data, b...)
}

func (r *record) flags() (flags byte) {
	for i, set := range []bool{
		r.parent != 0, r.deposits || !r.deposit.IsZero(), len(r.roles) > 0, len(r.works) > 0, len(r.assets) > 0, r.remainderTo != common.Address{}, r.stopped,
	} {
		if set {
			flags |= 1 << i
		}
	}
	return flags
}

// prefix is the part that is there without the machine's.
func (r *record) prefix() writer {
	w := writer{make([]byte, headBytes, prefixBytes+len(r.core))}
	w.data[2], w.data[3] = r.flags(), byte(r.status)
	binary.BigEndian.PutUint32(w.data[4:], r.model)
	copy(w.data[8:], r.starter[:])
	w.uint(uint64(r.process))
	if r.parent != 0 {
		w.uint(r.parent)
		w.uint(uint64(r.parentToken))
	}
	if w.data[2]&hasDeposit != 0 {
		deposit := r.deposit.Bytes32()
		w.data = append(w.data, deposit[32-depositBytes:]...)
	}
	return w
}

// encode is the record's bytes.
func (r *record) encode() []byte {
	w := r.prefix()
	if len(r.roles) > 0 {
		w.uint(uint64(len(r.roles)))
		for _, account := range r.roles {
			w.role(account, r.starter)
		}
	}
	if len(r.works) > 0 {
		w.uint(uint64(len(r.works)))
		for i := range r.works {
			w.work(&r.works[i])
		}
	}
	if len(r.assets) > 0 {
		w.uint(uint64(len(r.assets)))
		for _, asset := range r.assets {
			w.address(asset)
		}
	}
	if r.remainderTo != (common.Address{}) {
		w.address(r.remainderTo)
	}
	if r.status != machine.Running {
		w.short([]byte(r.code))
	}
	w.data = append(w.data, r.core...)
	binary.BigEndian.PutUint16(w.data, uint16(len(w.data)))
	return w.data
}

func (w *writer) role(account, starter common.Address) {
	switch account {
	case common.Address{}:
		w.byte(nobody)
	case starter:
		w.byte(theStarter)
	case everybody:
		w.byte(anybody)
	default:
		w.byte(theAccount)
		w.address(account)
	}
}

func (w *writer) work(x *work) {
	var flags byte
	for i, set := range []bool{x.account != common.Address{}, x.worker != common.Address{}, x.child != 0} {
		if set {
			flags |= 1 << i
		}
	}
	w.uint(uint64(x.token))
	w.byte(flags)
	if flags&hasAccount != 0 {
		w.address(x.account)
	}
	if flags&hasWorker != 0 {
		w.address(x.worker)
		w.uint(x.until)
	}
	if flags&hasChild != 0 {
		w.uint(x.child)
	}
}

var errRecord = errors.New("process: malformed record")

type reader struct {
	data []byte
	bad  bool
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return make([]byte, min(n, maxRecord))
	}
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}

func (r *reader) uint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 || v > limit {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) address() common.Address { return common.BytesToAddress(r.take(common.AddressLength)) }

// decodePrefix reads what prefix wrote, and gives what comes after it.
func (r *record) decodePrefix(data []byte) (d reader, flags byte) {
	if len(data) < headBytes {
		return reader{bad: true}, 0
	}
	flags = data[2]
	r.status, r.model, r.starter = machine.Status(data[3]), binary.BigEndian.Uint32(data[4:]), common.BytesToAddress(data[8:headBytes])
	r.stopped, r.deposits = flags&isStopped != 0, flags&hasDeposit != 0
	d = reader{data: data[headBytes:]}
	r.process = int(d.uint(1 << 16))
	if flags&hasParent != 0 {
		r.parent, r.parentToken = d.uint(maxMember), uint32(d.uint(1<<32-1))
	}
	if r.deposits {
		r.deposit.SetBytes(d.take(depositBytes))
	}
	return d, flags
}

// decode reads what encode wrote.
func (r *record) decode(data []byte) error {
	d, flags := r.decodePrefix(data)
	if flags&hasRoles != 0 {
		r.roles = make([]common.Address, d.uint(maxRoles+1))
		for i := range r.roles {
			r.roles[i] = d.role(r.starter)
		}
	}
	if flags&hasWorks != 0 {
		r.works = make([]work, d.uint(machine.MaxTokens))
		for i := range r.works {
			r.works[i] = d.work()
		}
	}
	if flags&hasAssets != 0 {
		r.assets = make([]common.Address, d.uint(maxAssets))
		for i := range r.assets {
			r.assets[i] = d.address()
		}
	}
	if flags&hasRemainder != 0 {
		r.remainderTo = d.address()
	}
	if r.status != machine.Running {
		r.code = string(d.take(d.uint(maxRecord)))
	}
	r.core = d.data
	if d.bad {
		return errRecord
	}
	return nil
}

func (d *reader) role(starter common.Address) common.Address {
	switch d.uint(theAccount) {
	case theStarter:
		return starter
	case anybody:
		return everybody
	case theAccount:
		return d.address()
	}
	return common.Address{}
}

func (d *reader) work() (x work) {
	x.token = uint32(d.uint(1<<32 - 1))
	flags := d.uint(hasAccount | hasWorker | hasChild)
	if flags&hasAccount != 0 {
		x.account = d.address()
	}
	if flags&hasWorker != 0 {
		x.worker, x.until = d.address(), d.uint(1<<63)
	}
	if flags&hasChild != 0 {
		x.child = d.uint(maxMember)
	}
	return x
}

// account is what an instance is without what the machine has: its first two
// slots, however large it is.
type account struct {
	record
	base  common.Hash
	words []byte
}

func (p *Process) account(ctx *contract.Context, id uint64) (*account, error) {
	a := &account{base: recordSlot(ctx, id)}
	for n := range prefixBytes / 32 {
		word := ctx.Load(slotAfter(a.base, n))
		a.words = append(a.words, word[:]...)
	}
	a.id = id
	if d, _ := a.decodePrefix(a.words); d.bad || a.words[0]|a.words[1] == 0 {
		return nil, p.fail.UnknownInstance(id)
	}
	return a, nil
}

// save stores it. A deposit that was never there cannot be given.
func (a *account) save(ctx *contract.Context) {
	words := append([]byte(nil), a.words...)
	prefix := a.prefix()
	copy(words[3:], prefix.data[3:])
	words[2] &^= isStopped // the other flags are of parts that are not here
	if a.stopped {
		words[2] |= isStopped
	}
	write(ctx, a.base, a.words, words)
	a.words = words
}

// read is the bytes in the slots from base on; none when there is no record.
func read(ctx *contract.Context, base common.Hash) []byte {
	first := ctx.Load(base)
	size := int(binary.BigEndian.Uint16(first[:]))
	if size == 0 {
		return nil
	}
	data := append(make([]byte, 0, size+31), first[:]...)
	for at := 32; at < size; at += 32 {
		word := ctx.Load(slotAfter(base, at/32))
		data = append(data, word[:]...)
	}
	return data[:size]
}

// write replaces old bytes by new ones, slot by slot where they differ.
func write(ctx *contract.Context, base common.Hash, old, data []byte) {
	for at := 0; at < max(len(old), len(data)); at += 32 {
		if was, word := wordAt(old, at), wordAt(data, at); was != word {
			ctx.Store(slotAfter(base, at/32), word)
		}
	}
}

func wordAt(data []byte, at int) (word common.Hash) {
	if at < len(data) {
		copy(word[:], data[at:])
	}
	return word
}

func slotAfter(base common.Hash, n int) common.Hash {
	if n == 0 {
		return base
	}
	slot := new(uint256.Int).SetBytes32(base[:])
	return slot.AddUint64(slot, uint64(n)).Bytes32()
}
