	tm = localtime(&now);
