package migrate

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
)

// transferTopic is the first topic of ERC-20's Transfer(address indexed from, address indexed to, uint256 value).
var transferTopic = crypto.Keccak256Hash([]byte("Transfer(address,address,uint256)"))

// transfer is one Transfer log.
type transfer struct {
	block, index uint64
	tx           common.Hash
	from, to     common.Address
	value        uint256.Int
}

// name is how a person finds the log.
func (t *transfer) name() string {
	return fmt.Sprintf("log %d of block %d (transaction %s)", t.index, t.block, t.tx)
}

// logFields are the fields of a log that matter here; nil is missing.
type logFields struct {
	address *common.Address
	topics  []common.Hash
	data    hexutil.Bytes
	block   *hexutil.Uint64
	index   *hexutil.Uint64
	tx      common.Hash
	removed bool
}

// archiveReader decodes an archive log by log, so that it need not fit into memory as text.
type archiveReader struct {
	archive   *Archive
	height    *uint64
	named     bool // archive.Token is known
	logs      int
	transfers []transfer
}

func (a *archiveReader) read(r io.Reader) error {
	decoder := json.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	inArray := false
	for {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && !inArray:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("it ends after log %d, inside an array; download it again", a.logs)
		case err != nil:
			return fmt.Errorf("after log %d: %w", a.logs, err)
		}
		switch {
		case token == json.Delim('[') && !inArray:
			inArray = true
		case token == json.Delim(']'):
			inArray = false
		case token == json.Delim('{'):
			a.logs++
			if err := a.add(decoder); err != nil {
				return fmt.Errorf("log %d of the archive: %w", a.logs, err)
			}
		default:
			return fmt.Errorf("after log %d: %v is neither a log nor an array of logs", a.logs, token)
		}
	}
}

// add reads the rest of a log, whose opening brace is read, and keeps it when it counts.
func (a *archiveReader) add(decoder *json.Decoder) error {
	var log logFields
	if err := log.decode(decoder); err != nil {
		return err
	}
	switch {
	case log.address == nil || log.block == nil || log.index == nil || len(log.topics) == 0:
		return errors.New("address, topics, blockNumber or logIndex is missing; of a JSON-RPC answer only the result is wanted")
	case log.removed:
		return errors.New("it was removed by a reorganisation; download the archive again, up to a block that is final")
	case !a.named:
		a.archive.Token, a.named = *log.address, true
	case *log.address != a.archive.Token:
		return fmt.Errorf("it is of the contract %s, not of the token %s; keep one token in an archive", log.address, a.archive.Token)
	}
	if log.topics[0] != transferTopic {
		a.archive.Other++
		return nil
	}
	t, err := log.transfer()
	if err != nil {
		return err
	}
	if a.height != nil && t.block > *a.height {
		a.archive.Later++
		return nil
	}
	a.transfers = append(a.transfers, t)
	return nil
}

func (l *logFields) decode(decoder *json.Decoder) error {
	fields := map[string]any{
		"address": &l.address, "topics": &l.topics, "data": &l.data, "blockNumber": &l.block, "logIndex": &l.index,
		"transactionHash": &l.tx, "removed": &l.removed,
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		target, known := fields[name]
		if !known {
			target = new(json.RawMessage)
		}
		if err := decoder.Decode(target); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	_, err := decoder.Token() // the closing brace
	return err
}

func (l *logFields) transfer() (transfer, error) {
	if len(l.topics) != 3 || len(l.data) != 32 {
		return transfer{}, fmt.Errorf("a Transfer with %d topics and %d bytes of data is none of ERC-20's, which has 3 and 32", len(l.topics), len(l.data))
	}
	t := transfer{block: uint64(*l.block), index: uint64(*l.index), tx: l.tx}
	t.value.SetBytes(l.data)
	for i, account := range []*common.Address{&t.from, &t.to} {
		topic := l.topics[i+1]
		if [12]byte(topic[:12]) != ([12]byte{}) {
			return transfer{}, fmt.Errorf("topic %d, %s, is no address", i+1, topic)
		}
		*account = common.Address(topic[12:])
	}
	return t, nil
}
