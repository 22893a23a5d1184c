package main

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"duijie/bench/measure"
	"duijie/bench/stage"
)

// natsQueue is a stream of JetStream in this process, each message synced.
type natsQueue struct {
	dir    string
	js     jetstream.JetStream
	stream jetstream.Stream
}

func openNATS(s *stage.Stage) (subject, error) {
	dir := s.Folder()
	srv, err := server.NewServer(&server.Options{ServerName: "bench", DontListen: true, JetStream: true, StoreDir: dir, SyncAlways: true,
		NoLog: true, NoSigs: true})
	if err != nil {
		return nil, err
	}
	srv.Start()
	s.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(10 * time.Second) {
		return nil, errors.New("the server is not ready")
	}
	conn, err := nats.Connect("", nats.InProcessServer(srv))
	if err != nil {
		return nil, err
	}
	s.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	stream, err := js.CreateStream(context.Background(), jetstream.StreamConfig{Name: "BENCH", Subjects: []string{"bench"},
		Storage: jetstream.FileStorage, Retention: jetstream.WorkQueuePolicy})
	if err != nil {
		return nil, err
	}
	return &natsQueue{dir, js, stream}, nil
}

func (q *natsQueue) Put(_ uint64, body []byte) error {
	_, err := q.js.Publish(context.Background(), "bench", body)
	return err
}

func (q *natsQueue) Drain(ctx context.Context, most uint64) (uint64, error) {
	consumer, err := q.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "bench", AckPolicy: jetstream.AckExplicitPolicy,
		MaxAckPending: 4 * workers})
	if err != nil {
		return 0, err
	}
	come := make(chan jetstream.Msg, 4*workers)
	stop, err := consumer.Consume(func(m jetstream.Msg) { come <- m }, jetstream.PullMaxMessages(4*workers))
	if err != nil {
		return 0, err
	}
	defer stop.Stop()
	return settled(ctx, most, func(ctx context.Context) (bool, error) {
		select {
		case <-ctx.Done():
			return false, nil
		case m := <-come:
			return true, m.DoubleAck(context.Background())
		}
	})
}

func (q *natsQueue) Bytes() (int64, error) { return measure.DiskBytes(q.dir) }
