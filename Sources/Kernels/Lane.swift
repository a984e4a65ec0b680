import CLanes
