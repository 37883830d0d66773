/* TODO: somebody, some day */
