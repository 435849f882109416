package statesync

import (
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/chain"
)

// Format is the number of the encoding below. A node takes no other.
//
// A snapshot is a sequence of RLP items, cut into chunks of ChunkSize bytes
// wherever that falls:
//
//	header      the block's header
//	body        [transactions, uncles, withdrawals]
//	receipts    the receipts in their consensus encoding
//	ancestors   headers from the parent down, 256 or as many as there are
//	records     one for each account, code and slot, in this order:
//	  [1, hash, nonce, balance, code hash]   accounts ascending by hash
//	  [2, code]                              after the first account that has it
//	  [3, hash, value]                       slots of the account before, ascending
//	  [4, accounts, codes, slots]            how many there were; ends the snapshot
//
// Everything is proven by the hash of the header, which CometBFT's light client
// vouches for. The same block gives the same bytes on every node, so that the
// chunks of one snapshot can be fetched from many.
const Format = 1

// Kinds of records.
const (
	recordAccount = 1 + iota
	recordCode
	recordSlot
	recordEnd
)

// maxItem bounds one item, in bytes: well above what a block's gas allows, well
// below what hurts a node that decodes it.
const maxItem = 64 << 20

// ErrMalformed means that a stream is not a snapshot of this format.
var ErrMalformed = errors.New("malformed snapshot")

// encode writes an origin.
func encode(w io.Writer, o *chain.Origin) error {
	for _, item := range []any{o.Block.Header(), o.Block.Body(), o.Receipts, o.Ancestors} {
		if err := rlp.Encode(w, item); err != nil {
			return err
		}
	}
	e := &encoder{w: w, buf: rlp.NewEncoderBuffer(w)}
	if err := o.State(e); err != nil {
		return err
	}
	return e.record(func() {
		e.buf.WriteUint64(recordEnd)
		e.buf.WriteUint64(e.accounts)
		e.buf.WriteUint64(e.codes)
		e.buf.WriteUint64(e.slots)
	})
}

// encoder is the chain.StateSink that writes records.
type encoder struct {
	w                      io.Writer
	buf                    rlp.EncoderBuffer
	accounts, codes, slots uint64
}

func (e *encoder) record(fields func()) error {
	e.buf.Reset(e.w)
	list := e.buf.List()
	fields()
	e.buf.ListEnd(list)
	return e.buf.Flush()
}

func (e *encoder) Account(hash common.Hash, nonce uint64, balance *uint256.Int, codeHash common.Hash) error {
	e.accounts++
	return e.record(func() {
		e.buf.WriteUint64(recordAccount)
		e.buf.WriteBytes(hash[:])
		e.buf.WriteUint64(nonce)
		e.buf.WriteUint256(balance)
		e.buf.WriteBytes(codeHash[:])
	})
}

func (e *encoder) Code(code []byte) error {
	e.codes++
	return e.record(func() {
		e.buf.WriteUint64(recordCode)
		e.buf.WriteBytes(code)
	})
}

func (e *encoder) Slot(hash common.Hash, value []byte) error {
	e.slots++
	return e.record(func() {
		e.buf.WriteUint64(recordSlot)
		e.buf.WriteBytes(hash[:])
		e.buf.WriteBytes(value)
	})
}

// decoder reads one stream, first its head and then its state.
type decoder struct {
	s                      *rlp.Stream
	accounts, codes, slots uint64
}

// newDecoder reads a stream of size bytes.
func newDecoder(r io.Reader, size uint64) *decoder {
	return &decoder{s: rlp.NewStream(r, size)}
}

// item decodes the next item, which must be a list.
func (d *decoder) item(name string, into any) error {
	kind, size, err := d.s.Kind()
	if err == nil && (kind != rlp.List || size > maxItem) {
		err = ErrMalformed
	}
	if err == nil {
		err = d.s.Decode(into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// head decodes all that comes before the records.
func (d *decoder) head() (*chain.Origin, error) {
	var (
		header types.Header
		body   types.Body
		o      chain.Origin
	)
	if err := d.item("header", &header); err != nil {
		return nil, err
	}
	if err := d.item("body", &body); err != nil {
		return nil, err
	}
	if body.Withdrawals == nil && header.WithdrawalsHash != nil {
		body.Withdrawals = []*types.Withdrawal{}
	}
	o.Block = types.NewBlockWithHeader(&header).WithBody(body)
	if err := d.item("receipts", &o.Receipts); err != nil {
		return nil, err
	}
	return &o, d.item("ancestors", &o.Ancestors)
}

// state decodes the records into a sink. The stream must end with them.
func (d *decoder) state(sink chain.StateSink) error {
	for {
		_, size, err := d.s.Kind()
		if err == io.EOF {
			err = fmt.Errorf("%w: it is cut off", ErrMalformed)
		}
		if err != nil {
			return err
		}
		if size > maxItem {
			return fmt.Errorf("%w: a record of %d bytes", ErrMalformed, size)
		}
		if _, err := d.s.List(); err != nil {
			return err
		}
		kind, err := d.s.Uint64()
		if err != nil {
			return err
		}
		if err := d.record(kind, sink); err != nil {
			return err
		}
		if err := d.s.ListEnd(); err != nil {
			return err
		}
		if kind == recordEnd {
			return d.end()
		}
	}
}

func (d *decoder) end() error {
	if _, _, err := d.s.Kind(); err == nil {
		return fmt.Errorf("%w: something follows its end", ErrMalformed)
	} else if err != io.EOF {
		return err
	}
	return nil
}

func (d *decoder) record(kind uint64, sink chain.StateSink) error {
	switch kind {
	case recordAccount:
		return d.account(sink)
	case recordCode:
		d.codes++
		code, err := d.s.Bytes()
		if err != nil {
			return err
		}
		return sink.Code(code)
	case recordSlot:
		d.slots++
		var hash common.Hash
		if err := d.s.ReadBytes(hash[:]); err != nil {
			return err
		}
		value, err := d.s.Bytes()
		if err != nil {
			return err
		}
		return sink.Slot(hash, value)
	case recordEnd:
		return d.counts()
	}
	return fmt.Errorf("%w: a record of kind %d", ErrMalformed, kind)
}

func (d *decoder) account(sink chain.StateSink) error {
	d.accounts++
	var (
		hash, codeHash common.Hash
		balance        uint256.Int
	)
	if err := d.s.ReadBytes(hash[:]); err != nil {
		return err
	}
	nonce, err := d.s.Uint64()
	if err != nil {
		return err
	}
	if err := d.s.ReadUint256(&balance); err != nil {
		return err
	}
	if err := d.s.ReadBytes(codeHash[:]); err != nil {
		return err
	}
	return sink.Account(hash, nonce, &balance, codeHash)
}

func (d *decoder) counts() error {
	for _, have := range []uint64{d.accounts, d.codes, d.slots} {
		want, err := d.s.Uint64()
		if err != nil {
			return err
		}
		if want != have {
			return fmt.Errorf("%w: it holds %d accounts, codes or slots where its end says %d", ErrMalformed, have, want)
		}
	}
	return nil
}
