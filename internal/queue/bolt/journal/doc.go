// Package journal is a bbolt file in which small writes gather before they go to
// their places.
//
// A message's life touches some fifteen buckets, and bbolt copies and writes a
// page for nearly each entry. Here a commit appends its entries, one after the
// other, to a journal, which is a bucket of the same file: few pages, all at its
// end. They are kept in memory, sorted, beside it. When there are enough of them,
// the following commits carry them to their buckets, in order, so that many share
// a page; what was overwritten or deleted meanwhile never goes there.
//
// What holds:
//
//   - A commit is one transaction of bbolt: its entries are all durable or none.
//   - A reader sees the file, the journal and the memory of one moment.
//   - kill -9 at any point: Open reads the journal back. Carrying an entry twice
//     does no harm, as entries are whole values; a journal is forgotten in the
//     transaction that carries its last entry.
//   - What is large, or belongs to a straight bucket, goes to its bucket at once.
//
// One goroutine writes; any number read.
package journal
