"""The papers of an exam day: what hangs at the door, lies on the desk, sticks on the seats and goes to the entrance."""
