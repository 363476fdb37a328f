"""Looking into logs of any size: lines by place and number, searches, filters, several files in the order of time."""
