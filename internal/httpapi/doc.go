// Package httpapi is the gateway's HTTP: the public listener, which senders and
// local systems call, and the admin listener, which operators, their tools and
// Prometheus call. Echo lives here and nowhere else.
//
// It promises: the order of checks and every name of docs/http.md; that a 2xx to a
// message is only given after the Gateway said it is durable; that every refusal is
// an RFC 9457 problem document in the caller's language; that no answer and no log
// line quotes a message, a query or a peer's text; that a panic is answered 500
// without details and the listener goes on.
//
// It never decides anything about a message itself: that is the Gateway's. After New
// both ports are bound and their addresses known, but nothing is served until Run;
// when Run's context ends no new request is taken and those under way get the grace
// period. A caller that goes away does not undo what the Gateway has made durable.
package httpapi
