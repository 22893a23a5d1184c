package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"duijie/internal/queue"
)

// storeMemory keeps the adapters' few durable words in the store, so that they
// travel with it in a backup.
type storeMemory struct {
	store queue.Store // set when the store is open, before anything runs
	mu    sync.Mutex  // guards a counter between its reading and its writing
}

// errStoreClosed is for an adapter that writes while it is being built.
var errStoreClosed = errors.New("the store is not open yet")

// memoryPrefix keeps the adapters' keys apart from the gateway's own.
const memoryPrefix = "adapter/"

// Get gives what Put kept under a key.
func (m *storeMemory) Get(key string) (string, bool) {
	if m.store == nil {
		return "", false
	}
	v := m.store.Meta(memoryPrefix + key)
	return string(v), v != nil
}

// Put keeps a word; nil: it is durable.
func (m *storeMemory) Put(ctx context.Context, key, value string) error {
	if m.store == nil {
		return errStoreClosed
	}
	return m.store.SetMeta(ctx, memoryPrefix+key, []byte(value))
}

// Next counts on from 1, durably.
func (m *storeMemory) Next(ctx context.Context, counter string) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := uint64(0)
	if text, ok := m.Get("counter/" + counter); ok {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			return 0, fmt.Errorf("counter %s: %w", counter, err)
		}
	}
	n++
	return n, m.Put(ctx, "counter/"+counter, strconv.FormatUint(n, 10))
}
