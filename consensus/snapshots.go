package consensus

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"
)

// ListSnapshots names the snapshots this node can serve.
func (a *App) ListSnapshots(context.Context, *abci.RequestListSnapshots) (*abci.ResponseListSnapshots, error) {
	if a.Snapshots == nil {
		return &abci.ResponseListSnapshots{}, nil
	}
	return &abci.ResponseListSnapshots{Snapshots: a.Snapshots.List()}, nil
}

// LoadSnapshotChunk reads a part of a snapshot; one that is gone is empty.
func (a *App) LoadSnapshotChunk(_ context.Context, req *abci.RequestLoadSnapshotChunk) (*abci.ResponseLoadSnapshotChunk, error) {
	if a.Snapshots == nil {
		return &abci.ResponseLoadSnapshotChunk{}, nil
	}
	chunk, err := a.Snapshots.Load(req.Height, req.Format, req.Chunk)
	if err != nil {
		a.Log.Warn("cannot serve a snapshot chunk", "height", req.Height, "chunk", req.Chunk, "err", err)
	}
	return &abci.ResponseLoadSnapshotChunk{Chunk: chunk}, nil
}

// OfferSnapshot decides whether to join from a peer's snapshot.
func (a *App) OfferSnapshot(_ context.Context, req *abci.RequestOfferSnapshot) (*abci.ResponseOfferSnapshot, error) {
	if a.Snapshots == nil || req.Snapshot == nil {
		return &abci.ResponseOfferSnapshot{Result: abci.ResponseOfferSnapshot_REJECT}, nil
	}
	return &abci.ResponseOfferSnapshot{Result: a.Snapshots.Offer(req.Snapshot, req.AppHash)}, nil
}

// ApplySnapshotChunk takes a part of the snapshot being joined from.
func (a *App) ApplySnapshotChunk(_ context.Context, req *abci.RequestApplySnapshotChunk) (*abci.ResponseApplySnapshotChunk, error) {
	if a.Snapshots == nil {
		return &abci.ResponseApplySnapshotChunk{Result: abci.ResponseApplySnapshotChunk_ABORT}, nil
	}
	return a.Snapshots.Apply(req.Index, req.Chunk, req.Sender), nil
}
