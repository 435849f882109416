package contract

import (
	"bytes"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// StoreBlob keeps bytes that never change as the code of an account of their
// own, behind Code so that they cannot run. The hash that names them is the
// account's code hash, and its last 20 bytes are the account's address. It costs
// what CREATE does: 32,000 gas and 200 a byte; storing what is there already
// costs a look. ok is false, and nothing happens, when the address is taken by
// other code.
func (c *Context) StoreBlob(content []byte) (hash common.Hash, ok bool) {
	c.write()
	hash = c.Hash(Code, content)
	address := common.BytesToAddress(hash[:])
	c.chargeAccount(address)
	switch present := c.db.GetCodeHash(address); present {
	case hash:
		return hash, true
	case common.Hash{}, types.EmptyCodeHash:
	default:
		return hash, false
	}
	c.Charge(params.CreateGas + params.CreateDataGas*uint64(len(Code)+len(content)))
	if c.db.GetNonce(address) == 0 {
		c.db.SetNonce(address, 1, tracing.NonceChangeNewContract)
	}
	c.db.SetCode(address, append(bytes.Clone(Code), content...), tracing.CodeChangeContractCreation)
	return hash, true
}

// HasBlob reports whether StoreBlob has kept bytes with that hash. It costs a
// look at the account.
func (c *Context) HasBlob(hash common.Hash) bool {
	address := common.BytesToAddress(hash[:])
	c.chargeAccount(address)
	return hash != types.EmptyCodeHash && hash != (common.Hash{}) && c.db.GetCodeHash(address) == hash
}

// Blob is what StoreBlob has kept, at EXTCODECOPY's price. The caller must not
// change it.
func (c *Context) Blob(hash common.Hash) (content []byte, ok bool) {
	code, present := c.Code(common.BytesToAddress(hash[:]))
	if present != hash || !bytes.HasPrefix(code, Code) {
		return nil, false
	}
	return code[len(Code):], true
}
