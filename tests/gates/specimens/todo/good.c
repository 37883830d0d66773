/* TODO(#12): goes when the reader knows it; mktemp wants XXXXXX */
