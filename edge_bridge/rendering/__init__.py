"""What is put on paper: tickets as pictures, and pictures or plain lines as the bytes of a print job."""
