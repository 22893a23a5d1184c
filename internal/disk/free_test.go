package disk

import "testing"

func TestFreeAnswersForAFolderThatIsThere(t *testing.T) {
	n, err := Free(t.TempDir())
	if err != nil || n <= 0 {
		t.Fatalf("Free = %d, %v", n, err)
	}
	if _, err := Free("/no/such/folder"); err == nil {
		t.Fatal("no error for a folder that is not there")
	}
}
