// Command floor is the least that a gateway could be, to measure beside: a server
// that decodes a message's JSON, stores the body durably and answers 202, and
// workers that post each stored body to a receiver and delete it durably.
//
// It is built of the same libraries as the gateway (echo, bbolt, resty) and does
// nothing else: nothing is checked, deduplicated, ordered, translated or logged,
// and what it has stored it does not find again after a restart. Deleting a body
// after a post that failed is left out too; the post is tried again at once.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "where to take messages")
	path := flag.String("db", "", "the file")
	to := flag.String("to", "", "the receiver's URL")
	workers := flag.Int("workers", 16, "how many post; 0: acceptance alone")
	flag.Parse()
	if err := serve(*listen, *path, *to, *workers); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func serve(listen, path, to string, workers int) error {
	s, err := open(path)
	if err != nil {
		return err
	}
	defer s.db.Close()
	for range workers {
		go s.work(to) // they end with the process
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/readyz", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	e.POST("/v1/messages", func(c echo.Context) error { return take(c, s, workers > 0) })
	return e.Start(listen)
}

// take answers 202 when the body is on the disk.
func take(c echo.Context, s *store, forward bool) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	var document any
	if err := json.Unmarshal(body, &document); err != nil {
		return c.NoContent(http.StatusBadRequest)
	}
	n, err := s.put(body)
	if err != nil {
		return err
	}
	if forward {
		s.waiting <- n
	}
	return c.JSON(http.StatusAccepted, map[string]uint64{"receipt": n})
}
