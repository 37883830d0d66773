	list_free(l, free);
