	/* a comment */ sprintf
		(out, "%d", n);
	n = sprintf (out, "%d", n);
